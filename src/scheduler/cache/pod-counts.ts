import type { Pod } from '../../api/types/core-v1.ts';

/** Node name → how many pods there match; nodes without any are absent. */
export type CountsByNode = ReadonlyMap<string, number>;

/** Names a set of pods: equal keys must mean equal sets. */
export interface PodQuery {
  readonly key: string;
  readonly matches: (pod: Pod) => boolean;
  /** The one namespace that all its pods are in, where there is one; it saves the others' pods the question. */
  readonly namespace?: string;
}

/**
 * Counts of matching pods per node, kept current as pods come and go. The first question after a set of pods looks at all
 * of them; from then on a pod that comes or goes costs one match per set in use, and asking again costs nothing.
 */
export interface PodCounts {
  counts(query: PodQuery): CountsByNode;
  change(pod: Pod, nodeName: string, factor: 1 | -1): void;
  /** Forgets all sets; for when what they match depends on has changed (labels of namespaces). */
  reset(): void;
}

interface Tracked {
  query: PodQuery;
  byNode: Map<string, number>;
}

/** Sets asked for longest ago are forgotten beyond this many. */
const limit = 512;

export function createPodCounts(eachPod: (visit: (pod: Pod, nodeName: string) => void) => void): PodCounts {
  const tracked = new Map<string, Tracked>();
  const byNamespace = new Map<string, Set<Tracked>>();
  const anywhere = new Set<Tracked>();

  const adjust = ({ byNode }: Tracked, nodeName: string, factor: number): void => {
    const value = (byNode.get(nodeName) ?? 0) + factor;
    if (value > 0) byNode.set(nodeName, value);
    else byNode.delete(nodeName);
  };
  const listOf = ({ namespace }: PodQuery): Set<Tracked> => {
    if (namespace === undefined) return anywhere;
    const list = byNamespace.get(namespace) ?? new Set();
    byNamespace.set(namespace, list);
    return list;
  };
  const forget = (entry: Tracked): void => {
    tracked.delete(entry.query.key);
    const list = listOf(entry.query);
    list.delete(entry);
    if (list.size === 0 && entry.query.namespace !== undefined) byNamespace.delete(entry.query.namespace);
  };
  const track = (query: PodQuery): Tracked => {
    const entry: Tracked = { query, byNode: new Map() };
    eachPod((pod, nodeName) => {
      if (query.namespace !== undefined && query.namespace !== pod.metadata.namespace) return;
      if (query.matches(pod)) adjust(entry, nodeName, 1);
    });
    listOf(query).add(entry);
    const oldest = tracked.size >= limit ? tracked.values().next().value : undefined;
    if (oldest !== undefined) forget(oldest);
    return entry;
  };
  return {
    counts(query) {
      const entry = tracked.get(query.key) ?? track(query);
      tracked.delete(query.key);
      tracked.set(query.key, entry);
      return entry.byNode;
    },
    change(pod, nodeName, factor) {
      for (const entry of byNamespace.get(pod.metadata.namespace ?? '') ?? []) {
        if (entry.query.matches(pod)) adjust(entry, nodeName, factor);
      }
      for (const entry of anywhere) if (entry.query.matches(pod)) adjust(entry, nodeName, factor);
    },
    reset() {
      tracked.clear();
      byNamespace.clear();
      anywhere.clear();
    },
  };
}
