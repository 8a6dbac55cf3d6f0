import type { Clock, Timer } from './clock.ts';

export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`, firing every timer that falls due, in order of due time and then of creation. What a timer sets off
   * is over before the next one fires.
   */
  advance(ms: number): Promise<void>;
  /** Moves to the next timer, if that is due within `ms`, and fires it. Resolves to whether there was one. */
  step(ms: number): Promise<boolean>;
  /** Resolves when everything that is under way has come to wait for a timer. */
  settle(): Promise<void>;
  /** How many timers are pending. */
  readonly pending: number;
}

export interface VirtualClockOptions {
  /** Milliseconds since the epoch. */
  start?: number;
  /** Whether work is under way that needs more than turns of the event loop, such as a request to another process. */
  busy?: () => boolean;
}

interface Pending {
  due: number;
  order: number;
  fire: () => void;
}

/** All promise reactions of a turn run before the next; a few parts of the program give way to others for a turn. */
const turnsAtLeast = 2;
/** Work that waits for the virtual time itself would never end: after so many turns the clock goes on. */
const turnsAtMost = 20_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until told to advance. */
export function virtualClock({ start = Date.UTC(2026, 0, 1), busy = () => false }: VirtualClockOptions = {}): VirtualClock {
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
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < turnsAtMost; turns++) {
      await turn();
      if (turns + 1 >= turnsAtLeast && !busy()) return;
    }
  };
  const fireNext = async (until: number): Promise<boolean> => {
    const timer = next(until);
    if (timer === undefined) return false;
    timers.delete(timer);
    now = Math.max(now, timer.due);
    timer.fire();
    await settle();
    return true;
  };
  return {
    now: () => now,
    after(ms, fire): Timer {
      const timer: Pending = { due: now + Math.max(0, ms), order: order++, fire };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    settle,
    async step(ms) {
      await settle();
      return fireNext(now + ms);
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      while (await fireNext(until));
      now = until;
    },
    get pending() {
      return timers.size;
    },
  };
}
