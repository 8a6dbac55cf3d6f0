import type { Clock } from '../util/clock.ts';

/** Looked at again after this long even when no event said so; milliseconds. */
const unpromptedMs = 250;

/**
 * Calls `attempt` until it resolves, once at each event of `wake` (and seldom without one, for events that nothing reports).
 * A rejected attempt means not yet; `missing` is told its error. Rejects with the signal's reason when that aborts.
 */
export async function eventually<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  options: { clock: Clock; signal: AbortSignal; wake?: (on: () => void) => () => void; missing?: (thrown: unknown) => void },
): Promise<T> {
  const { clock, signal } = options;
  let wakeUp = (): void => undefined;
  const unsubscribe = options.wake?.(() => wakeUp());
  const onAbort = (): void => wakeUp();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const woken = new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
      try {
        return await attempt(signal);
      } catch (thrown) {
        if (thrown instanceof Unrecoverable) throw thrown.reason;
        options.missing?.(thrown);
      }
      const timer = clock.after(unpromptedMs, () => wakeUp());
      await woken;
      timer.cancel();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    unsubscribe?.();
  }
}

/** Thrown by an attempt when trying again is useless; `eventually` then throws `reason`. */
export class Unrecoverable extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super('not to be tried again');
    this.reason = reason;
  }
}
