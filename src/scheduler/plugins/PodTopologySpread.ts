import type { Node, Pod } from '../../api/types/core-v1.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { CountsByNode } from '../cache/pod-counts.ts';
import { type PodInfo, podInfoOf } from '../cache/pod-info.ts';
import { type Cloneable, stateKey } from '../framework/cycle-state.ts';
import { before, type ClusterEvent, changed } from '../framework/events.ts';
import { type Handle, maxNodeScore, type Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';
import { type Constraint, constraintsOf, defaultConstraints, hasAllKeys, hostnameLabel } from './pod-topology-spread/constraints.ts';
import { createDefaultSelector } from './pod-topology-spread/default-selector.ts';
import { createDomains, type Domains } from './pod-topology-spread/domains.ts';
import { trialHooks } from './trial-hooks.ts';

const name = 'PodTopologySpread';
export const spreadUnmet = "node(s) didn't match pod topology spread constraints";
export const spreadLabelMissing = "node(s) didn't match pod topology spread constraints (missing required label)";
const { unschedulable, unresolvable, skip } = statusesOf(name);
const tooSkewed = unschedulable(spreadUnmet);
const labelMissing = unresolvable(spreadLabelMissing);

/** Of each DoNotSchedule constraint, the pods by domain. */
interface FilterState extends Cloneable {
  constraints: readonly Constraint[];
  domains: readonly Domains[];
  self: readonly number[];
}
const filterKey = stateKey<FilterState>(`PreFilter${name}`);

interface ScoreState {
  constraints: readonly Constraint[];
  /** By constraint: pods by domain, or for hostnames by node. */
  domains: readonly (Domains | CountsByNode)[];
  weights: readonly number[];
  /** Whether nodes without all topology labels are out; so unless the constraints are the system's own. */
  requireAll: boolean;
}
const scoreKey = stateKey<ScoreState>(`PreScore${name}`);

/** Topology spread constraints: hard ones bound the skew between domains, soft ones (and the defaults) score against it. */
export function createPodTopologySpread({ snapshot, informers }: Handle): Plugin {
  const selectorOfGroup = createDefaultSelector(informers);

  /** Counts by domain over the nodes that may count; only values in `known`, where it is given. */
  const count = (constraints: readonly Constraint[], index: number, requireAll: boolean, known?: Domains): Domains => {
    const domains = known ?? createDomains();
    const constraint = constraints[index];
    if (constraint === undefined) return domains;
    const byNode = snapshot.podCounts.counts(constraint.query);
    // With the domains known beforehand only nodes with matching pods can add anything.
    const nodes = known === undefined ? snapshot.nodes() : [...byNode.keys()].flatMap((nodeName) => snapshot.node(nodeName) ?? []);
    for (const { node, name: nodeName } of nodes) {
      if ((requireAll && !hasAllKeys(node, constraints)) || !constraint.includes(node)) continue;
      const value = node.metadata.labels?.[constraint.topologyKey] ?? '';
      if (known === undefined || known.has(value)) domains.add(value, byNode.get(nodeName) ?? 0);
    }
    return domains;
  };

  const change = (state: FilterState, pod: PodInfo, other: PodInfo, { node }: NodeInfo, by: number): void => {
    if (other.pod.metadata.namespace !== pod.pod.metadata.namespace || !hasAllKeys(node, state.constraints)) return;
    state.constraints.forEach(({ query, includes, topologyKey }, i) => {
      if (query.matches(other.pod) && includes(node)) state.domains[i]?.add(node.metadata.labels?.[topologyKey] ?? '', by);
    });
  };

  const softConstraints = (pod: PodInfo): Constraint[] => {
    if ((pod.pod.spec?.topologySpreadConstraints?.length ?? 0) > 0) return constraintsOf(pod, 'ScheduleAnyway');
    const selector = selectorOfGroup(pod.pod);
    return selector.everything ? [] : defaultConstraints(pod, selector);
  };

  return {
    name,
    events: [
      { resource: 'AssignedPod', actions: ['Add', 'Delete', 'UpdatePodLabel'], hint: podEventMatters },
      { resource: 'UnscheduledPod', actions: ['UpdatePodLabel'] },
      { resource: 'Node', actions: ['Add', 'Delete', 'UpdateNodeLabel', 'UpdateNodeTaint'] },
    ],
    preFilter(cycle, pod) {
      const constraints = constraintsOf(pod, 'DoNotSchedule');
      if (constraints.length === 0) return skip;
      const domains = constraints.map((_, i) => count(constraints, i, true));
      const self = constraints.map(({ selector }) => (selector.matches(pod.pod.metadata.labels) ? 1 : 0));
      cycle.write(filterKey, filterState(constraints, domains, self));
      return undefined;
    },
    ...trialHooks(filterKey, change),
    filter(cycle, _pod, { node }) {
      const state = cycle.read(filterKey);
      if (state === undefined) return undefined;
      for (let i = 0; i < state.constraints.length; i++) {
        const constraint = state.constraints[i];
        const domains = state.domains[i];
        if (constraint === undefined || domains === undefined) continue;
        const value = node.metadata.labels?.[constraint.topologyKey];
        if (value === undefined) return labelMissing;
        const least = domains.size < constraint.minDomains ? 0 : domains.least;
        if (domains.at(value) + (state.self[i] ?? 0) - least > constraint.maxSkew) return tooSkewed;
      }
      return undefined;
    },
    preScore(cycle, pod, nodes) {
      const constraints = softConstraints(pod);
      if (constraints.length === 0) return skip;
      const requireAll = (pod.pod.spec?.topologySpreadConstraints?.length ?? 0) > 0;
      const scored = requireAll ? nodes.filter(({ node }) => hasAllKeys(node, constraints)) : nodes;
      const domains = constraints.map((constraint, i) => {
        if (constraint.topologyKey === hostnameLabel) return snapshot.podCounts.counts(constraint.query);
        const candidates = createDomains();
        for (const { node } of scored) candidates.add(node.metadata.labels?.[constraint.topologyKey] ?? '', 0);
        return count(constraints, i, requireAll, candidates);
      });
      // Few large domains would drown out many small ones without this (upstream's topologyNormalizingWeight).
      const weights = constraints.map(({ topologyKey }, i) =>
        Math.log((topologyKey === hostnameLabel ? scored.length : (domains[i]?.size ?? 0)) + 2),
      );
      cycle.write(scoreKey, { constraints, domains, weights, requireAll });
      return undefined;
    },
    score(cycle, _pod, { node, name: nodeName }) {
      const state = cycle.read(scoreKey);
      if (state === undefined || isIgnored(state, node)) return 0;
      let score = 0;
      for (let i = 0; i < state.constraints.length; i++) {
        const constraint = state.constraints[i];
        const domains = state.domains[i];
        if (constraint === undefined || domains === undefined) continue;
        const value = node.metadata.labels?.[constraint.topologyKey];
        if (value === undefined) continue;
        const pods = 'at' in domains ? domains.at(value) : (domains.get(nodeName) ?? 0);
        score += pods * (state.weights[i] ?? 0) + (constraint.maxSkew - 1);
      }
      return Math.round(score);
    },
    normalizeScores(cycle, _pod, nodes, scores) {
      const state = cycle.read(scoreKey);
      if (state === undefined) return;
      const ignored = nodes.map(({ node }) => isIgnored(state, node));
      let least = Number.POSITIVE_INFINITY;
      let most = 0;
      scores.forEach((score, i) => {
        if (ignored[i] === true) return;
        least = Math.min(least, score);
        most = Math.max(most, score);
      });
      for (let i = 0; i < scores.length; i++) {
        if (ignored[i] === true) scores[i] = 0;
        else scores[i] = most === 0 ? maxNodeScore : Math.trunc((maxNodeScore * (most + least - (scores[i] ?? 0))) / most);
      }
    },
    sign(pod) {
      if ((pod.pod.spec?.topologySpreadConstraints?.length ?? 0) > 0) return undefined;
      return selectorOfGroup(pod.pod).everything ? '' : undefined;
    },
  };
}

const isIgnored = (state: ScoreState, node: Node): boolean => state.requireAll && !hasAllKeys(node, state.constraints);

const filterState = (constraints: readonly Constraint[], domains: readonly Domains[], self: readonly number[]): FilterState => ({
  constraints,
  domains,
  self,
  clone: () =>
    filterState(
      constraints,
      domains.map((domain) => domain.clone()),
      self,
    ),
});

/** Only pods that some constraint counts, or stops counting, can change the skew. */
function podEventMatters(waiting: Pod, event: ClusterEvent): boolean {
  const constraints = constraintsOf(podInfoOf(waiting), 'DoNotSchedule');
  const counted = (other: Pod | undefined): boolean =>
    other !== undefined &&
    other.metadata.namespace === waiting.metadata.namespace &&
    constraints.some(({ selector }) => selector.matches(other.metadata.labels));
  return counted(changed<Pod>(event)) || counted(before<Pod>(event));
}
