import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/api/status.ts';
import { runController } from '../../../src/client/run-controller.ts';
import { createWorkQueue } from '../../../src/client/work-queue.ts';
import { createLogger, silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

describe('work queue', () => {
  test('a key waits once, and a key in work waits for done', async () => {
    const queue = createWorkQueue(virtualClock());
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect(queue.length).toBe(2);
    expect(await queue.get()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(1);
    queue.done('a');
    expect([await queue.get(), await queue.get()]).toEqual(['b', 'a']);
  });

  test('back-off doubles from 5 ms to 1000 s and ends with forget', async () => {
    const clock = virtualClock();
    const queue = createWorkQueue(clock);
    const waits: number[] = [];
    for (let failure = 0; failure < 20; failure++) {
      const began = clock.now();
      queue.addRateLimited('a');
      const next = queue.get();
      let step = 5;
      while (queue.length === 0 && (await Promise.race([next, 'none'])) === 'none') {
        await clock.advance(step);
        step = clock.now() - began;
      }
      queue.done('a');
      waits.push(clock.now() - began);
    }
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    // The watcher above looks at powers of two only; the last one waited 1000 s.
    expect(waits[19]).toBeGreaterThanOrEqual(1_000_000);
    expect(waits[19]).toBeLessThan(2 * 1_000_000);
    expect(queue.requeues('a')).toBe(20);
    queue.forget('a');
    expect(queue.requeues('a')).toBe(0);
  });

  test('of several delays the earliest counts', async () => {
    const clock = virtualClock();
    const queue = createWorkQueue(clock);
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 500);
    await clock.advance(50);
    expect(queue.length).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('shutDown wakes the waiting and forgets the rest', async () => {
    const clock = virtualClock();
    const queue = createWorkQueue(clock);
    const waiting = queue.get();
    queue.addAfter('b', 10);
    queue.shutDown();
    queue.add('c');
    expect([await waiting, await queue.get(), clock.pending]).toEqual([undefined, undefined, 0]);
  });
});

describe('runController', () => {
  test('retries what fails, requeues what asks, and never works on a key twice at once', async () => {
    const clock = virtualClock();
    const stop = new AbortController();
    const runs: string[] = [];
    const busy = new Set<string>();
    let add: (key: string) => void = () => undefined;
    const done = runController(
      {
        name: 'test',
        workers: 3,
        watch: (enqueue) => {
          add = enqueue;
        },
        async reconcile(key) {
          expect(busy.has(key)).toBe(false);
          busy.add(key);
          await new Promise(setImmediate);
          busy.delete(key);
          runs.push(`${key}@${clock.now() - start}`);
          if (key === 'fails' && runs.filter((run) => run.startsWith('fails')).length < 3) throw new Error('not yet');
          return key === 'again' && clock.now() === start ? { requeueAfterMs: 1000 } : undefined;
        },
      },
      { clock, log: silentLogger, signal: stop.signal },
    );
    const start = clock.now();
    // A waiting hand takes the first `once` at once, so the second comes after it.
    for (const key of ['fails', 'again', 'once', 'once']) add(key);
    await clock.advance(0);
    add('once');
    await clock.advance(2000);
    expect(runs.sort()).toEqual(['again@0', 'again@1000', 'fails@0', 'fails@15', 'fails@5', 'once@0', 'once@0', 'once@0']);
    stop.abort();
    await done;
  });

  test.each([
    { name: 'a fault is a warning', error: new Error('broken'), lines: 1 },
    { name: 'a conflict is not', error: new ApiError('Conflict', 'modified'), lines: 0 },
  ])('$name', async ({ error, lines }) => {
    const clock = virtualClock();
    const stop = new AbortController();
    const written: string[] = [];
    const log = createLogger('', { write: (line) => written.push(line) });
    const done = runController(
      { name: 'test', watch: (enqueue) => enqueue('a'), reconcile: () => Promise.reject(error) },
      { clock, log, signal: stop.signal },
    );
    await clock.advance(0);
    stop.abort();
    await done;
    expect(written.filter((line) => line.includes(error.message))).toHaveLength(lines);
  });
});
