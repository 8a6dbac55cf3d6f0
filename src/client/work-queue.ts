import type { Clock, Timer } from '../util/clock.ts';

/**
 * client-go's rate-limiting work queue. A key waits at most once; a key added while it is being worked on waits until
 * `done`, so one key is never in two hands. Failures of a key are spaced 5 ms, 10 ms, … up to 1000 s.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds after `ms`; of several pending delays of a key the earliest counts. */
  addAfter(key: string, ms: number): void;
  /** Adds after the key's back-off, which doubles until `forget`. */
  addRateLimited(key: string): void;
  /** Ends the key's back-off. */
  forget(key: string): void;
  /** How often the key was put back since `forget`. */
  requeues(key: string): number;
  /** The next key, waiting for one; undefined after `shutDown`. Call `done` with it afterwards. */
  get(): Promise<string | undefined>;
  done(key: string): void;
  /** Keys waiting now, without those delayed or worked on. */
  readonly length: number;
  shutDown(): void;
}

export interface BackOff {
  baseMs: number;
  maxMs: number;
}

/** client-go's `DefaultTypedItemBasedRateLimiter`. */
export const itemBackOff: BackOff = { baseMs: 5, maxMs: 1_000_000 };

export function createWorkQueue(clock: Clock, backOff: BackOff = itemBackOff): WorkQueue {
  const waiting = new Set<string>();
  const processing = new Set<string>();
  const again = new Set<string>();
  const delayed = new Map<string, { due: number; timer: Timer }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let shut = false;

  const hand = (): void => {
    while (takers.length > 0 && waiting.size > 0) {
      const [key] = waiting;
      if (key === undefined) return;
      waiting.delete(key);
      processing.add(key);
      takers.shift()?.(key);
    }
  };
  const add = (key: string): void => {
    if (shut) return;
    if (processing.has(key)) again.add(key);
    else {
      waiting.add(key);
      hand();
    }
  };
  const addAfter = (key: string, ms: number): void => {
    if (shut) return;
    if (ms <= 0) {
      add(key);
      return;
    }
    const due = clock.now() + ms;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    earlier?.timer.cancel();
    const timer = clock.after(ms, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { due, timer });
  };
  return {
    add,
    addAfter,
    addRateLimited(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      addAfter(key, Math.min(backOff.maxMs, backOff.baseMs * 2 ** count));
    },
    forget: (key) => void failures.delete(key),
    requeues: (key) => failures.get(key) ?? 0,
    get() {
      if (shut && waiting.size === 0) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        takers.push(resolve);
        hand();
      });
    },
    done(key) {
      processing.delete(key);
      if (again.delete(key)) add(key);
    },
    get length() {
      return waiting.size;
    },
    shutDown() {
      shut = true;
      for (const { timer } of delayed.values()) timer.cancel();
      delayed.clear();
      again.clear();
      waiting.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}
