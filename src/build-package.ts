/**
 * `npm run build:package`, and part of `npm pack`: what the npm package holds instead of the sources, which Node does not run
 * below node_modules. `dist/npm/lib` has the program and the library `shoal/testing`, `dist/npm/types` its types.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { repositoryRoot } from './cluster/image/assets.ts';
import { packageFolder } from './cluster/package-folder.ts';

const out = join(repositoryRoot, packageFolder);
await rm(join(out, '..'), { recursive: true, force: true });
await build({
  entryPoints: {
    shoal: join(repositoryRoot, 'src/main.ts'),
    testing: join(repositoryRoot, 'src/testing/testing.ts'),
    vitest: join(repositoryRoot, 'src/testing/vitest.ts'),
  },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  // They are the package's dependencies, and vitest is its user's own.
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node22',
  keepNames: true,
  logLevel: 'warning',
});
// The checkout's own check of types tells of errors; one in a library's missing types does not keep declarations from being made.
await promisify(execFile)(process.execPath, [
  join(repositoryRoot, 'node_modules/typescript/bin/tsc'),
  '-p',
  join(repositoryRoot, 'tsconfig.testing.json'),
]);
process.stdout.write(`${packageFolder}\n`);
