import type { Clock } from '../util/clock.ts';
import { parseDuration } from '../util/duration.ts';
import { ShoalError } from '../util/errors.ts';
import type { VirtualClock } from '../util/virtual-clock.ts';
import type { Duration } from './cluster.ts';

export function millisecondsOf(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration);
  if (ms !== undefined && ms >= 0) return ms;
  throw new ShoalError('USAGE', `"${duration}" is not a duration`, {
    next: 'Give milliseconds, or a text with a unit such as 90s or 24h.',
  });
}

/** How a cluster's time passes while somebody waits. */
export interface Time {
  clock: Clock;
  /** Resolves to what `work` does, or to undefined after `ms` of the cluster's time. `work` ends with its signal. */
  within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined>;
}

/** The machine's time passes by itself. */
export const passing = (clock: Clock): Time => ({
  clock,
  async within(ms, work) {
    const over = new AbortController();
    const timer = clock.after(ms, () => over.abort());
    try {
      return await orUndefined(work(over.signal), over.signal);
    } finally {
      timer.cancel();
      over.abort();
    }
  },
});

/** Virtual time is moved on from timer to timer until the work is done. */
export const moved = (clock: VirtualClock): Time => ({
  clock,
  async within(ms, work) {
    const over = new AbortController();
    const limit = clock.now() + ms;
    let done = false;
    const result = orUndefined(work(over.signal), over.signal).finally(() => {
      done = true;
    });
    // Handled below; a rejection must not count as nobody's meanwhile.
    result.catch(() => undefined);
    await clock.settle();
    while (!done && (await clock.step(limit - clock.now())));
    if (!done) await clock.advance(limit - clock.now());
    over.abort();
    return result;
  },
});

/** What the work does, or undefined once the signal aborts. */
async function orUndefined<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([work, aborted]);
}
