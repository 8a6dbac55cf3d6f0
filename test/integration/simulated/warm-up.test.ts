import { expect, test } from 'vitest';
import { processPki } from '../../../src/roles/process-pki.ts';
import { warmUp } from '../../../src/roles/warm-up.ts';
import { systemClock } from '../../../src/util/clock.ts';

const clock = systemClock;

test('every request of a warm-up is one that the API server grants', async () => {
  const { signal } = new AbortController();
  expect(await warmUp({ pki: await processPki(), clock, signal })).toBe(1200);
});

test('a warm-up ends where it is when nobody wants it any more', async () => {
  expect(await warmUp({ pki: await processPki(), clock, signal: AbortSignal.abort() })).toBe(0);
});
