import { describe, expect, test } from 'vitest';
import type { Node } from '../../../src/api/types/core-v1.ts';
import { eventually, Unrecoverable } from '../../../src/cluster/eventually.ts';
import { notReady } from '../../../src/cluster/wait/nodes-ready.ts';
import { withDeadline } from '../../../src/cluster/wait/wait.ts';
import { delay } from '../../../src/util/clock.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

describe('eventually', () => {
  test('tries at each event, and reports what was missing until then', async () => {
    const clock = virtualClock();
    const missing: string[] = [];
    let on = (): void => undefined;
    let tries = 0;
    const result = eventually(
      async () => {
        tries++;
        if (tries < 3) throw new Error(`try ${tries}`);
        return tries;
      },
      {
        clock,
        signal: new AbortController().signal,
        missing: (thrown) => missing.push((thrown as Error).message),
        wake: (listener) => {
          on = listener;
          return () => undefined;
        },
      },
    );
    await clock.advance(0);
    on();
    await clock.advance(0);
    on();
    expect(await result).toBe(3);
    expect(missing).toEqual(['try 1', 'try 2']);
    expect(clock.pending).toBe(0);
  });

  test('ends with the signal’s reason', async () => {
    const clock = virtualClock();
    const stop = new AbortController();
    const result = eventually(() => Promise.reject(new Error('no')), { clock, signal: stop.signal });
    await clock.advance(1000);
    stop.abort(new Error('time is up'));
    await expect(result).rejects.toThrow('time is up');
  });

  test('stops at once when there is no hope', async () => {
    const never = eventually(() => Promise.reject(new Unrecoverable(new Error('it is dead'))), {
      clock: virtualClock(),
      signal: new AbortController().signal,
    });
    await expect(never).rejects.toThrow('it is dead');
  });
});

describe('withDeadline', () => {
  const options = (clock = virtualClock()) => ({
    clock,
    timeoutMs: 5000,
    signal: undefined,
    missing: new Map([['node a', 'is not Ready']]),
    what: 'cluster demo',
  });

  test('lists what was missing when the time is up', async () => {
    const clock = virtualClock();
    const result = withDeadline(options(clock), (signal) => delay(clock, 60_000, signal));
    const outcome = expect(result).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'cluster demo did not become usable within 5 s; missing: node a: is not Ready',
    });
    await clock.advance(5000);
    await outcome;
  });

  test('an interrupt is INTERRUPTED', async () => {
    const clock = virtualClock();
    const stop = new AbortController();
    const result = withDeadline({ ...options(clock), signal: stop.signal }, (signal) => delay(clock, 60_000, signal));
    stop.abort();
    await expect(result).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('leaves no timer behind', async () => {
    const clock = virtualClock();
    await withDeadline(options(clock), async () => undefined);
    expect(clock.pending).toBe(0);
  });
});

describe('notReady', () => {
  const node = (status?: string, lastHeartbeatTime?: string): Node =>
    ({
      metadata: { name: 'a' },
      status: status === undefined ? {} : { conditions: [{ type: 'Ready', status, message: 'no runtime', lastHeartbeatTime }] },
    }) as Node;
  const since = Date.parse('2026-01-01T00:00:10.700Z');
  test.each([
    ['without a status', node(), 0, 'has posted no status'],
    ['with Ready False', node('False'), 0, 'is not Ready: no runtime'],
    ['with Ready True', node('True'), 0, undefined],
    ['with a heartbeat of before its start', node('True', '2026-01-01T00:00:09Z'), since, 'has not reported since it was started'],
    ['with a heartbeat of the second it was started in', node('True', '2026-01-01T00:00:10Z'), since, undefined],
  ])('%s', (_, state, after, expected) => {
    expect(notReady(state, after)).toBe(expected);
  });
});
