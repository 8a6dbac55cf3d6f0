import type { Clock } from '../../util/clock.ts';

/** Spaces the replacement of failing daemon pods on a node: 1 s doubling to 15 min, forgotten after twice that. */
export interface FailureBackoff {
  /** Milliseconds that `key` still has to wait. */
  wait(key: string): number;
  /** Records another failure. */
  next(key: string): void;
}

const firstMs = 1000;
const longestMs = 15 * 60_000;

export function createFailureBackoff(clock: Clock): FailureBackoff {
  const entries = new Map<string, { delay: number; since: number }>();
  return {
    wait(key) {
      const entry = entries.get(key);
      if (entry === undefined) return 0;
      if (clock.now() - entry.since > 2 * longestMs) {
        entries.delete(key);
        return 0;
      }
      return Math.max(0, entry.since + entry.delay - clock.now());
    },
    next(key) {
      const delay = Math.min(longestMs, (entries.get(key)?.delay ?? firstMs / 2) * 2);
      entries.set(key, { delay, since: clock.now() });
    },
  };
}
