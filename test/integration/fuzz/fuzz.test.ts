import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { documented } from './documented.ts';
import { type FuzzReport, fuzz } from './run.ts';

/** `npm run fuzz` sends 200,000. A failure prints the three variables that send its request again. */
const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const requests = number('SHOAL_FUZZ_REQUESTS', 1500);
const seed = number('SHOAL_FUZZ_SEED', 20_260_730);
const from = number('SHOAL_FUZZ_FROM', 0);
/** Whatever takes this long is taken in slices: others get their answers in between. */
const longMs = 3000;

describe(`${requests} generated requests of seed ${seed}`, () => {
  let report: FuzzReport;
  beforeAll(async () => {
    report = await fuzz({ seed, from, requests });
    if (process.env['SHOAL_FUZZ_REPORT'] !== undefined) {
      const { answeredAt: _, ...client } = report.client;
      process.stdout.write(`${JSON.stringify({ ...report, client }, null, 2)}\n`);
    }
  }, 3_600_000);

  test('none is answered with an error of the server that is not documented', () => {
    expect(report.failures).toEqual([]);
  });

  test('a client that does as it should is served meanwhile', () => {
    expect(report.client.faults).toEqual([]);
    // How long it waits depends on the machine; that nobody's request keeps the server to itself does not.
    const held = report.slowest.filter(({ ms, servedMeanwhile }) => ms > longMs && servedMeanwhile === 0);
    expect(held).toEqual([]);
  });

  test('memory comes back to its level', () => {
    const { before, after } = report;
    expect(after.heapUsed).toBeLessThan(before.heapUsed * 1.25 + 8 * 2 ** 20);
    // Compiled code and what the C library keeps stay; of 200,000 requests that is a quarter more than before them.
    expect(after.rss).toBeLessThan(before.rss * 1.5);
  });
});

test('the documented errors are in the documentation', () => {
  const lines = readFileSync(new URL('../../../docs/server-errors.md', import.meta.url), 'utf8').split('\n');
  const missing = documented.filter(({ status, says }) => !lines.some((line) => line.startsWith(`| ${status} |`) && line.includes(says)));
  expect(missing).toEqual([]);
});
