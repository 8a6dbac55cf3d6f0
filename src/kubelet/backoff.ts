import type { Clock } from '../util/clock.ts';

interface Entry {
  delayMs: number;
  updatedAt: number;
}

/** 10 s doubling to 300 s, for containers that end and for images that cannot be pulled. */
const firstMs = 10_000;
const longestMs = 300_000;

export interface Backoff {
  /** Whether `key`, which last failed at `since`, must still wait. */
  isWaiting(key: string, since: number): boolean;
  /** Records a new try after the failure at `since`: starts at 10 s, doubles, and starts over after 10 quiet minutes. */
  next(key: string, since: number): void;
  /** The present delay of `key` in ms, 0 when it has none. */
  delay(key: string): number;
}

/** client-go's flowcontrol.Backoff as the kubelet uses it. */
export function createBackoff(clock: Clock): Backoff {
  const entries = new Map<string, Entry>();
  const current = (key: string, since: number): Entry | undefined => {
    const entry = entries.get(key);
    return entry === undefined || since - entry.updatedAt > longestMs * 2 ? undefined : entry;
  };
  return {
    isWaiting(key, since) {
      const entry = current(key, since);
      return entry !== undefined && clock.now() - since < entry.delayMs;
    },
    next(key, since) {
      const entry = current(key, since);
      entries.set(key, { delayMs: entry === undefined ? firstMs : Math.min(entry.delayMs * 2, longestMs), updatedAt: clock.now() });
    },
    delay: (key) => entries.get(key)?.delayMs ?? 0,
  };
}
