import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { untilReachable } from '../../../src/client/reachable.ts';
import type { Clock } from '../../../src/util/clock.ts';
import { silentLogger as log } from '../../../src/util/log.ts';

/** A clock whose pauses end at once, after `before` had its turn; it notes how long they were. */
function hasty(before: (pauses: number) => Promise<void>): Clock & { pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => 0,
    after(ms, fire) {
      pauses.push(ms);
      void before(pauses.length).then(fire);
      return { cancel: () => undefined };
    },
  };
}

/** A port that nothing listens on, and a server to put there. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('resolves once somebody listens, with pauses that grow', async () => {
  const port = await freePort();
  const server = createServer((socket) => socket.destroy());
  const clock = hasty(async (pauses) => {
    if (pauses === 3) await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  });
  await untilReachable(`https://127.0.0.1:${port}`, { clock, log, signal: new AbortController().signal });
  expect(clock.pauses).toHaveLength(3);
  expect(clock.pauses[0]).toBe(20);
  expect(clock.pauses[2]).toBeGreaterThan(clock.pauses[1] ?? Number.POSITIVE_INFINITY);
  await new Promise((resolve) => server.close(resolve));
});

test('gives up with the signal', async () => {
  const stop = new AbortController();
  const clock = hasty(async () => stop.abort(new Error('enough')));
  await expect(untilReachable(`https://127.0.0.1:${await freePort()}`, { clock, log, signal: stop.signal })).rejects.toThrow('enough');
});
