import type { AffinityTerm } from '../../api/affinity-term.ts';
import type { CountsByNode } from './pod-counts.ts';
import type { PodInfo } from './pod-info.ts';

/** The lists of terms that a pod can have. */
export const termKinds = ['requiredAffinity', 'requiredAntiAffinity', 'preferredAffinity', 'preferredAntiAffinity'] as const;
export type TermKind = (typeof termKinds)[number];

export interface ExistingTerm {
  readonly term: AffinityTerm;
  /** How many pods on each node carry the term. */
  readonly byNode: CountsByNode;
}

/**
 * The affinity terms of all pods on nodes, each different one once. Pods made from one template share their terms, so a
 * new pod is matched against as many terms as there are templates, not pods.
 */
export interface TermIndex {
  terms(kind: TermKind): IteratorObject<ExistingTerm>;
  change(pod: PodInfo, nodeName: string, factor: 1 | -1): void;
}

export function createTermIndex(): TermIndex {
  const kinds: Record<TermKind, Map<string, { term: AffinityTerm; byNode: Map<string, number> }>> = {
    requiredAffinity: new Map(),
    requiredAntiAffinity: new Map(),
    preferredAffinity: new Map(),
    preferredAntiAffinity: new Map(),
  };
  return {
    terms: (kind) => kinds[kind].values(),
    change(pod, nodeName, factor) {
      for (const kind of termKinds) {
        for (const term of pod[kind]) {
          const entry = kinds[kind].get(term.key) ?? { term, byNode: new Map<string, number>() };
          kinds[kind].set(term.key, entry);
          const count = (entry.byNode.get(nodeName) ?? 0) + factor;
          if (count > 0) entry.byNode.set(nodeName, count);
          else entry.byNode.delete(nodeName);
          if (entry.byNode.size === 0) kinds[kind].delete(term.key);
        }
      }
    },
  };
}
