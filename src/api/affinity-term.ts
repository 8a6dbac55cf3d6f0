import { type Selector, selectorFrom, selectorOf, selectsNothing } from './labels.ts';
import type { Pod, PodAffinityTerm } from './types/core-v1.ts';

/** Labels of a namespace, for namespaceSelector; absent when there is no such namespace. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** One pod affinity term, ready to match. */
export interface AffinityTerm {
  readonly topologyKey: string;
  /** For preferred terms; 0 for required ones. */
  readonly weight: number;
  readonly selector: Selector;
  /** Namespaces named by the term; the pod's own when it names none and selects none. */
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  /** Equal for terms that mean the same, whichever pod they came from. */
  readonly key: string;
}

/** Whether `pod` is among those that the term speaks of (upstream's `AffinityTerm.Matches`). */
export function termMatches(term: AffinityTerm, pod: Pod, namespaceLabels: NamespaceLabels): boolean {
  return namespaceMatches(term, pod.metadata.namespace ?? '', namespaceLabels) && term.selector.matches(pod.metadata.labels);
}

export function namespaceMatches(term: AffinityTerm, namespace: string, namespaceLabels: NamespaceLabels): boolean {
  if (term.namespaces.has(namespace)) return true;
  if (term.namespaceSelector.nothing) return false;
  if (term.namespaceSelector.everything) return true;
  const labels = namespaceLabels(namespace);
  return labels !== undefined && term.namespaceSelector.matches(labels);
}

export function compileAffinityTerm(pod: Pod, term: PodAffinityTerm, weight = 0): AffinityTerm {
  const named = term.namespaces ?? [];
  const own = named.length === 0 && term.namespaceSelector === undefined;
  const selector = withLabelKeys(pod, term);
  const namespaces = own ? [pod.metadata.namespace ?? ''] : [...named].sort();
  const namespaceSelector = term.namespaceSelector === undefined ? selectsNothing : selectorFrom(term.namespaceSelector);
  return {
    topologyKey: term.topologyKey,
    weight,
    selector,
    namespaces: new Set(namespaces),
    namespaceSelector,
    key: [term.topologyKey, weight, namespaces.join(','), namespaceSelector, selector].join('|'),
  };
}

/**
 * The API server merges matchLabelKeys and mismatchLabelKeys into labelSelector when a pod is created; adding what is
 * missing keeps pods that came another way right too.
 */
function withLabelKeys(pod: Pod, { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: PodAffinityTerm): Selector {
  const selector = selectorFrom(labelSelector);
  if (selector.nothing || matchLabelKeys.length + mismatchLabelKeys.length === 0) return selector;
  const labels = pod.metadata.labels ?? {};
  const extra = [
    ...matchLabelKeys.map((key) => ({ key, operator: 'in' as const })),
    ...mismatchLabelKeys.map((key) => ({ key, operator: 'notin' as const })),
  ].flatMap(({ key, operator }) => {
    const value = labels[key];
    const known = selector.requirements.some((other) => other.key === key && other.operator === operator);
    return value === undefined || known ? [] : [{ key, operator, values: [value] }];
  });
  return extra.length === 0 ? selector : selectorOf([...selector.requirements, ...extra]);
}
