import { type Clock, delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';

/**
 * Runs `sync` once after any number of `trigger` calls, never twice at a time. A failure is tried again with back-off
 * (100 ms doubling to 10 s) until it holds or the signal ends the loop.
 */
export function syncLoop(
  what: string,
  sync: () => Promise<void>,
  deps: { clock: Clock; log: Logger; signal: AbortSignal },
): { trigger(): void } {
  let dirty = false;
  let running = false;
  async function work(): Promise<void> {
    running = true;
    let wait = 100;
    while (dirty && !deps.signal.aborted) {
      dirty = false;
      try {
        await sync();
        wait = 100;
      } catch (thrown) {
        deps.log.warn(`${what}: ${messageOf(thrown)}; trying again in ${wait} ms`);
        dirty = true;
        await delay(deps.clock, wait, deps.signal).catch(() => undefined);
        wait = Math.min(wait * 2, 10_000);
      }
    }
    running = false;
  }
  return {
    trigger() {
      dirty = true;
      // Let the rest of a burst of events arrive first.
      if (!running) {
        running = true;
        setImmediate(() => void work());
      }
    },
  };
}
