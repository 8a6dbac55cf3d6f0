import type { Cloneable } from '../../framework/cycle-state.ts';

/** Matching pods by topology value of one constraint, with the least of them at hand however often they change. */
export interface Domains extends Cloneable {
  /** Makes the domain known, with no pods at first. */
  add(value: string, pods: number): void;
  at(value: string): number;
  has(value: string): boolean;
  /** Number of domains. */
  readonly size: number;
  /** The count of the domain with the fewest; infinite when there are no domains. */
  readonly least: number;
  clone(): Domains;
}

export function createDomains(counts = new Map<string, number>(), known?: number): Domains {
  /** Undefined when it must be looked for again. */
  let least = known;
  return {
    add(value, pods) {
      const old = counts.get(value);
      const now = (old ?? 0) + pods;
      counts.set(value, now);
      if (least === undefined) return;
      // Only when the least domain grows is another one possibly the least now.
      if (old === least && now > old) least = undefined;
      else least = Math.min(least, now);
    },
    at: (value) => counts.get(value) ?? 0,
    has: (value) => counts.has(value),
    get size() {
      return counts.size;
    },
    get least() {
      if (least === undefined) {
        least = Number.POSITIVE_INFINITY;
        for (const count of counts.values()) least = Math.min(least, count);
      }
      return least;
    },
    clone: () => createDomains(new Map(counts), least),
  };
}
