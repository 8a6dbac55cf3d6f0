import type { Clock } from '../../util/clock.ts';

/**
 * What a controller has asked for but its informers have not shown yet (client-go's `UIDTrackingControllerExpectations`).
 * Without it a second look at a stale cache would create or delete twice. Unmet expectations lapse after five minutes.
 */
export interface Expectations {
  satisfied(key: string): boolean;
  expectCreations(key: string, count: number): void;
  /** Adds to what is expected already, for those who create and delete in one go. */
  addCreations(key: string, count: number): void;
  /** `names` are the keys of the objects that are about to be deleted. */
  expectDeletions(key: string, names: readonly string[]): void;
  /** An awaited creation was seen, or will never be because the request failed. */
  creationObserved(key: string): void;
  deletionObserved(key: string, name: string): void;
  forget(key: string): void;
}

const lapseMs = 5 * 60_000;

export function createExpectations(clock: Clock): Expectations {
  const expected = new Map<string, { creations: number; deletions: Set<string>; since: number }>();
  const begin = (key: string, creations: number, deletions: readonly string[]): void => {
    expected.set(key, { creations, deletions: new Set(deletions), since: clock.now() });
  };
  return {
    satisfied(key) {
      const entry = expected.get(key);
      if (entry === undefined) return true;
      return (entry.creations <= 0 && entry.deletions.size === 0) || clock.now() - entry.since > lapseMs;
    },
    expectCreations: (key, count) => begin(key, count, []),
    addCreations(key, count) {
      const entry = expected.get(key);
      if (entry === undefined) begin(key, count, []);
      else entry.creations += count;
    },
    expectDeletions: (key, names) => begin(key, 0, names),
    creationObserved(key) {
      const entry = expected.get(key);
      if (entry !== undefined) entry.creations -= 1;
    },
    deletionObserved(key, name) {
      expected.get(key)?.deletions.delete(name);
    },
    forget: (key) => void expected.delete(key),
  };
}
