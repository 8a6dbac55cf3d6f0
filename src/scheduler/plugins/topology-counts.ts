import type { Node } from '../../api/types/core-v1.ts';
import type { Cloneable } from '../framework/cycle-state.ts';

/** Sums by topology pair (label key and value of nodes). */
export interface TopologyCounts extends Cloneable {
  /** Adds to the pair that the node has under `key`; nodes without the label do not count. */
  add(node: Node, key: string, amount: number): void;
  at(node: Node, key: string): number;
  /** Over all keys. */
  sumAt(node: Node): number;
  /** Whether any of the node's pairs is above zero. */
  anyAt(node: Node): boolean;
  /** No pair is different from zero. */
  readonly empty: boolean;
  /** Nothing was ever added. */
  readonly untouched: boolean;
  clone(): TopologyCounts;
}

export function createTopologyCounts(byKey = new Map<string, Map<string, number>>()): TopologyCounts {
  return {
    add(node, key, amount) {
      const value = node.metadata.labels?.[key];
      if (value === undefined) return;
      const sums = byKey.get(key) ?? new Map<string, number>();
      byKey.set(key, sums);
      sums.set(value, (sums.get(value) ?? 0) + amount);
    },
    at(node, key) {
      const value = node.metadata.labels?.[key];
      return value === undefined ? 0 : (byKey.get(key)?.get(value) ?? 0);
    },
    sumAt(node) {
      let sum = 0;
      for (const [key, sums] of byKey) sum += sums.get(node.metadata.labels?.[key] ?? '') ?? 0;
      return sum;
    },
    anyAt(node) {
      for (const [key, sums] of byKey) {
        const value = node.metadata.labels?.[key];
        if (value !== undefined && (sums.get(value) ?? 0) > 0) return true;
      }
      return false;
    },
    get empty() {
      return byKey.values().every((sums) => sums.values().every((sum) => sum === 0));
    },
    get untouched() {
      return byKey.size === 0;
    },
    clone: () => createTopologyCounts(new Map([...byKey].map(([key, sums]) => [key, new Map(sums)]))),
  };
}
