import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { syncLoop } from '../../../src/network/sync-loop.ts';
import { silentLogger as log } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

/** A `sync` whose runs end when the test says so; it notes how many are under way. */
function controlled() {
  const runs: { succeed(): void; fail(): void }[] = [];
  const state = { atOnce: 0, most: 0 };
  const sync = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    runs.push({ succeed: resolve, fail: () => reject(new Error('no')) });
    state.most = Math.max(state.most, ++state.atOnce);
    await promise.finally(() => state.atOnce--);
  };
  return { runs, state, sync };
}
const loopOf = (sync: () => Promise<void>) => {
  const clock = virtualClock({ start: 0 });
  const stop = new AbortController();
  return { clock, stop, loop: syncLoop('test', sync, { clock, log, signal: stop.signal }) };
};

test('waits for its start, and then runs once for all that came before', async () => {
  const { runs, sync } = controlled();
  const { loop } = loopOf(sync);
  loop.trigger();
  loop.trigger();
  await turn();
  expect(runs).toHaveLength(0);
  const started = loop.start();
  await turn();
  runs[0]?.succeed();
  await started;
  await turn();
  expect(runs).toHaveLength(1);
});

test('never runs twice at a time, and runs again for what came meanwhile', async () => {
  const { runs, state, sync } = controlled();
  const { loop } = loopOf(sync);
  const started = loop.start();
  await turn();
  loop.trigger();
  loop.trigger();
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]?.succeed();
  await started;
  await turn();
  expect(runs).toHaveLength(2);
  expect(state.most).toBe(1);
});

test('has started only when a run has succeeded', async () => {
  const { runs, sync } = controlled();
  const { loop, clock } = loopOf(sync);
  let started = false;
  void loop.start().then(() => {
    started = true;
  });
  await turn();
  runs[0]?.fail();
  await turn();
  expect(started).toBe(false);
  await clock.advance(100);
  await turn();
  runs[1]?.succeed();
  await turn();
  expect(started).toBe(true);
});

test('lets go of who waits for the start when it is stopped', async () => {
  const { runs, sync } = controlled();
  const { loop, stop } = loopOf(sync);
  const started = loop.start();
  await turn();
  stop.abort();
  runs[0]?.fail();
  await started;
  expect(runs).toHaveLength(1);
});
