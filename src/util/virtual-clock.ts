import type { Clock, Timer } from './clock.ts';

export interface VirtualClock extends Clock {
  /** Moves time on by `ms`, firing every timer that falls due, in order of due time and then of creation. */
  advance(ms: number): Promise<void>;
  /** How many timers are pending. */
  readonly pending: number;
}

interface Pending {
  due: number;
  order: number;
  fire: () => void;
}

/** Lets all promise reactions and immediates that are already queued run, so that what a timer set off can settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A clock that stands still until told to advance. Starts at `start` (milliseconds since the epoch). */
export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start;
  let order = 0;
  const timers = new Set<Pending>();
  const next = (until: number): Pending | undefined => {
    let first: Pending | undefined;
    for (const timer of timers) {
      if (timer.due > until) continue;
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  };
  return {
    now: () => now,
    after(ms, fire): Timer {
      const timer: Pending = { due: now + Math.max(0, ms), order: order++, fire };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.due);
        timer.fire();
        await settle();
      }
      now = until;
    },
    get pending() {
      return timers.size;
    },
  };
}
