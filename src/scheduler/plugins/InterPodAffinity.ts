import { type AffinityTerm, type NamespaceLabels, namespaceMatches, termMatches } from '../../api/affinity-term.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import type { Snapshot } from '../cache/cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { CountsByNode, PodQuery } from '../cache/pod-counts.ts';
import { type PodInfo, podInfoOf } from '../cache/pod-info.ts';
import type { TermKind } from '../cache/term-index.ts';
import { type Cloneable, stateKey } from '../framework/cycle-state.ts';
import { before, type ClusterEvent, changed } from '../framework/events.ts';
import { type Handle, maxNodeScore, type Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';
import { createTopologyCounts, type TopologyCounts } from './topology-counts.ts';
import { trialHooks } from './trial-hooks.ts';

const name = 'InterPodAffinity';
export const affinityUnmet = "node(s) didn't match pod affinity rules";
export const antiAffinityUnmet = "node(s) didn't match pod anti-affinity rules";
export const existingAntiAffinityUnmet = "node(s) didn't satisfy existing pods anti-affinity rules";
const { unschedulable, unresolvable, skip } = statusesOf(name);
const noAffinity = unresolvable(affinityUnmet);
const antiAffinity = unschedulable(antiAffinityUnmet);
const existingAntiAffinity = unschedulable(existingAntiAffinityUnmet);

/** What an existing pod's required affinity is worth to a pod that it asks for (`hardPodAffinityWeight`). */
const hardAffinityWeight = 1;

interface FilterState extends Cloneable {
  /** Pods that all the required affinity terms of the pod speak of, by topology pair of each term. */
  affinity: TopologyCounts;
  antiAffinity: TopologyCounts;
  /** Pods whose required anti-affinity speaks of the pod. */
  existing: TopologyCounts;
}
const filterKey = stateKey<FilterState>(`PreFilter${name}`);
const scoreKey = stateKey<TopologyCounts>(`PreScore${name}`);

/** Required and preferred pod affinity and anti-affinity, of the pod and of the pods already there. */
export function createInterPodAffinity({ snapshot, namespaceLabels }: Handle): Plugin {
  const matches = (term: AffinityTerm, pod: Pod): boolean => termMatches(term, pod, namespaceLabels);
  const matchesAll = (terms: readonly AffinityTerm[], pod: Pod): boolean => terms.every((term) => matches(term, pod));

  const change = (
    state: FilterState,
    { pod, requiredAffinity, requiredAntiAffinity }: PodInfo,
    other: PodInfo,
    { node }: NodeInfo,
    by: number,
  ) => {
    for (const term of other.requiredAntiAffinity) if (matches(term, pod)) state.existing.add(node, term.topologyKey, by);
    if (requiredAffinity.length > 0 && matchesAll(requiredAffinity, other.pod)) {
      for (const term of requiredAffinity) state.affinity.add(node, term.topologyKey, by);
    }
    for (const term of requiredAntiAffinity) if (matches(term, other.pod)) state.antiAffinity.add(node, term.topologyKey, by);
  };

  return {
    name,
    events: [
      { resource: 'AssignedPod', actions: ['Add', 'Delete', 'UpdatePodLabel'], hint: podEventMatters },
      { resource: 'UnscheduledPod', actions: ['UpdatePodLabel'] },
      { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'], hint: nodeHasATopologyKey },
    ],
    preFilter(cycle, pod) {
      const state = filterState(createTopologyCounts(), createTopologyCounts(), createTopologyCounts());
      for (const { term, byNode } of snapshot.terms.terms('requiredAntiAffinity')) {
        if (matches(term, pod.pod)) addAll(snapshot, state.existing, [term.topologyKey], byNode, 1);
      }
      if (pod.requiredAffinity.length > 0) {
        const byNode = snapshot.podCounts.counts(queryOf(pod.requiredAffinity, namespaceLabels));
        const topologyKeys = pod.requiredAffinity.map(({ topologyKey }) => topologyKey);
        addAll(snapshot, state.affinity, topologyKeys, byNode, 1);
      }
      for (const term of pod.requiredAntiAffinity) {
        addAll(snapshot, state.antiAffinity, [term.topologyKey], snapshot.podCounts.counts(queryOf([term], namespaceLabels)), 1);
      }
      if (state.existing.empty && pod.requiredAffinity.length === 0 && pod.requiredAntiAffinity.length === 0) return skip;
      cycle.write(filterKey, state);
      return undefined;
    },
    ...trialHooks(filterKey, change),
    filter(cycle, { pod, requiredAffinity, requiredAntiAffinity }, { node }) {
      const state = cycle.read(filterKey);
      if (state === undefined) return undefined;
      if (requiredAffinity.length > 0) {
        const labels = node.metadata.labels ?? {};
        if (requiredAffinity.some(({ topologyKey }) => labels[topologyKey] === undefined)) return noAffinity;
        const near = requiredAffinity.every(({ topologyKey }) => state.affinity.at(node, topologyKey) > 0);
        // The first of a group that wants to be together: nobody is there yet, and it is one of those it asks for.
        if (!near && !(state.affinity.empty && matchesAll(requiredAffinity, pod))) return noAffinity;
      }
      if (requiredAntiAffinity.some(({ topologyKey }) => state.antiAffinity.at(node, topologyKey) > 0)) return antiAffinity;
      return state.existing.anyAt(node) ? existingAntiAffinity : undefined;
    },
    preScore(cycle, pod) {
      const totals = createTopologyCounts();
      const own = (terms: readonly AffinityTerm[], factor: 1 | -1): void => {
        for (const term of terms) {
          addAll(snapshot, totals, [term.topologyKey], snapshot.podCounts.counts(queryOf([term], namespaceLabels)), factor * term.weight);
        }
      };
      const others = (kind: TermKind, worth: (term: AffinityTerm) => number): void => {
        for (const { term, byNode } of snapshot.terms.terms(kind)) {
          if (matches(term, pod.pod)) addAll(snapshot, totals, [term.topologyKey], byNode, worth(term));
        }
      };
      own(pod.preferredAffinity, 1);
      own(pod.preferredAntiAffinity, -1);
      others('requiredAffinity', () => hardAffinityWeight);
      others('preferredAffinity', ({ weight }) => weight);
      others('preferredAntiAffinity', ({ weight }) => -weight);
      if (totals.untouched) return skip;
      cycle.write(scoreKey, totals);
      return undefined;
    },
    score: (cycle, _pod, { node }) => cycle.read(scoreKey)?.sumAt(node) ?? 0,
    normalizeScores(_cycle, _pod, _nodes, scores) {
      const least = scores.reduce((min, score) => Math.min(min, score), Number.POSITIVE_INFINITY);
      const most = scores.reduce((max, score) => Math.max(max, score), Number.NEGATIVE_INFINITY);
      for (let i = 0; i < scores.length; i++) {
        scores[i] = most > least ? Math.trunc((maxNodeScore * ((scores[i] ?? 0) - least)) / (most - least)) : 0;
      }
    },
    sign(pod) {
      const terms = pod.requiredAffinity.length + pod.requiredAntiAffinity.length + pod.preferredAffinity.length;
      if (terms + pod.preferredAntiAffinity.length > 0) return undefined;
      const kinds: TermKind[] = ['requiredAntiAffinity', 'requiredAffinity', 'preferredAffinity', 'preferredAntiAffinity'];
      const touched = kinds.some((kind) => snapshot.terms.terms(kind).some(({ term }) => matches(term, pod.pod)));
      return touched ? undefined : '';
    },
  };
}

const filterState = (affinity: TopologyCounts, antiAffinity: TopologyCounts, existing: TopologyCounts): FilterState => ({
  affinity,
  antiAffinity,
  existing,
  clone: () => filterState(affinity.clone(), antiAffinity.clone(), existing.clone()),
});

/** Adds `worth` for each counted pod to the topology pair of its node under each key. */
function addAll(snapshot: Snapshot, totals: TopologyCounts, topologyKeys: readonly string[], byNode: CountsByNode, worth: number): void {
  for (const [nodeName, count] of byNode) {
    const node = snapshot.node(nodeName)?.node;
    if (node !== undefined) for (const key of topologyKeys) totals.add(node, key, worth * count);
  }
}

/** The pods that all of the terms speak of. */
function queryOf(terms: readonly AffinityTerm[], namespaceLabels: NamespaceLabels): PodQuery {
  const [first] = terms;
  const [namespace] = first?.namespaces ?? [];
  const oneNamespace = terms.length === 1 && first !== undefined && first.namespaces.size === 1 && first.namespaceSelector.nothing;
  return {
    key: `${name}|${terms.map(({ key }) => key).join('|')}`,
    matches: (pod) => terms.every((term) => termMatches(term, pod, namespaceLabels)),
    ...(oneNamespace && namespace !== undefined ? { namespace } : {}),
  };
}

/** Whether a pod that came, changed or went can turn a refusal of `waiting`. Namespaces by selector are taken to match. */
function podEventMatters(waiting: Pod, event: ClusterEvent): boolean {
  const info = podInfoOf(waiting);
  const speaksOf = (terms: readonly AffinityTerm[], other: Pod | undefined): boolean =>
    other !== undefined &&
    terms.some(
      (term) => namespaceMatches(term, other.metadata.namespace ?? '', () => ({})) && term.selector.matches(other.metadata.labels),
    );
  const now = changed<Pod>(event);
  const then = before<Pod>(event);
  // One more pod to be near to.
  if (now !== undefined && speaksOf(info.requiredAffinity, now) && !speaksOf(info.requiredAffinity, then)) return true;
  // A group's first member may start once the last of an earlier group has gone.
  if (then !== undefined && speaksOf(info.requiredAffinity, then)) return true;
  if (then === undefined) return false;
  // One pod less to keep away from, or that keeps others away.
  return speaksOf(info.requiredAntiAffinity, then) || speaksOf(podInfoOf(then).requiredAntiAffinity, waiting);
}

function nodeHasATopologyKey(waiting: Pod, event: ClusterEvent): boolean {
  const { requiredAffinity, requiredAntiAffinity } = podInfoOf(waiting);
  const keys = (node: Node | undefined): string =>
    [...requiredAffinity, ...requiredAntiAffinity].map(({ topologyKey }) => node?.metadata.labels?.[topologyKey] ?? '').join('|');
  const now = changed<Node>(event);
  if (event.action === 'Add' || requiredAffinity.length + requiredAntiAffinity.length === 0) return true;
  return keys(now) !== keys(before<Node>(event));
}
