import { type Clock, delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';

export interface SyncLoop {
  /** Something changed. Before `start` this only counts as a reason for the first run. */
  trigger(): void;
  /** Begins, and resolves when `sync` has succeeded once (or the signal has ended the loop). */
  start(): Promise<void>;
}

/**
 * Runs `sync` once after any number of `trigger` calls, never twice at a time. A failure is tried again with back-off
 * (100 ms doubling to 10 s) until it holds or the signal ends the loop.
 */
export function syncLoop(what: string, sync: () => Promise<void>, deps: { clock: Clock; log: Logger; signal: AbortSignal }): SyncLoop {
  const first = Promise.withResolvers<void>();
  let dirty = false;
  let started = false;
  let running = false;
  async function work(): Promise<void> {
    let wait = 100;
    while (dirty && !deps.signal.aborted) {
      dirty = false;
      try {
        await sync();
        wait = 100;
        first.resolve();
      } catch (thrown) {
        deps.log.warn(`${what}: ${messageOf(thrown)}; trying again in ${wait} ms`);
        dirty = true;
        await delay(deps.clock, wait, deps.signal).catch(() => undefined);
        wait = Math.min(wait * 2, 10_000);
      }
    }
    if (deps.signal.aborted) first.resolve();
    running = false;
  }
  const trigger = (): void => {
    dirty = true;
    if (!started || running) return;
    running = true;
    // Let the rest of a burst of events arrive first.
    setImmediate(() => void work());
  };
  return {
    trigger,
    start() {
      started = true;
      trigger();
      return first.promise;
    },
  };
}
