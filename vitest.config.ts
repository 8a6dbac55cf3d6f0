import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { closingLine } from './test/support/closing-line.ts';

/** Two at least: on a machine of two cores vitest would take one file at a time, and after all others. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/**
 * Three layers: `unit` is pure logic on the virtual clock; `integration` runs a control plane with simulated nodes in
 * process, driven by real clients; `e2e` runs real node containers, and so comes last and takes one file at a time.
 */
export default defineConfig({
  test: {
    reporters: ['default', closingLine],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          maxWorkers,
          testTimeout: 20_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        // Examples name the package as its users do.
        resolve: {
          alias: {
            'shoal/testing/vitest': fileURLToPath(new URL('src/testing/vitest.ts', import.meta.url)),
            'shoal/testing': fileURLToPath(new URL('src/testing/testing.ts', import.meta.url)),
          },
        },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'docs/examples/**/*.test.ts'],
          maxWorkers,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/e2e-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: 60_000 } },
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
