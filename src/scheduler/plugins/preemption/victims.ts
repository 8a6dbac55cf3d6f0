import { type Selector, selectorFrom } from '../../../api/labels.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/types/policy-v1.ts';
import { cloneNodeInfo, type NodeInfo } from '../../cache/node-info.ts';
import type { PodInfo } from '../../cache/pod-info.ts';
import type { CycleState } from '../../framework/cycle-state.ts';
import type { Handle } from '../../framework/interface.ts';
import type { Status } from '../../framework/status.ts';

/** Pods whose eviction would make room on a node, most important first. */
export interface Victims {
  readonly nodeName: string;
  readonly pods: readonly PodInfo[];
  /** How many of them are evicted against a disruption budget. */
  readonly violations: number;
}

export interface Budget {
  readonly namespace: string;
  readonly selector: Selector;
  readonly allowed: number;
  readonly disrupted: ReadonlySet<string>;
}

export const budgetOf = ({ metadata, spec, status }: PodDisruptionBudget): Budget => ({
  namespace: metadata.namespace ?? '',
  selector: selectorFrom(spec?.selector),
  allowed: status?.disruptionsAllowed ?? 0,
  disrupted: new Set(Object.keys(status?.disruptedPods ?? {})),
});

/**
 * The fewest pods of lower priority to take from the node so that the pod fits: all are taken on trial, then as many as
 * possible spared, those protected by budgets and the most important first. A status when it would not fit at all.
 */
export function selectVictims(
  handle: Handle,
  cycle: CycleState,
  pod: PodInfo,
  original: NodeInfo,
  budgets: readonly Budget[],
  noVictims: Status,
): Victims | Status {
  const node = cloneNodeInfo(original);
  const state = cycle.clone();
  const candidates = [...original.pods.values()].filter((other) => other.priority < pod.priority);
  if (candidates.length === 0) return noVictims;
  for (const candidate of candidates) handle.trialRemove(state, pod, candidate, node);
  const refusal = handle.filterWithNominated(state, pod, node);
  if (refusal !== undefined) return refusal;

  candidates.sort(byImportance);
  const { violating, others } = splitByBudgets(candidates, budgets);
  const victims: PodInfo[] = [];
  const spared = (candidate: PodInfo): boolean => {
    handle.trialAdd(state, pod, candidate, node);
    if (handle.filterWithNominated(state, pod, node) === undefined) return true;
    handle.trialRemove(state, pod, candidate, node);
    victims.push(candidate);
    return false;
  };
  const violations = violating.filter((candidate) => !spared(candidate)).length;
  for (const candidate of others) spared(candidate);
  victims.sort(byImportance);
  return { nodeName: original.name, pods: victims, violations };
}

/** Higher priority first, then the one that has run for longer (upstream's `MoreImportantPod`). */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startOf(a) - startOf(b);
}

/** When the pod started, ms; pods that have not started count as starting last. */
export function startOf({ pod }: PodInfo): number {
  const started = pod.status?.startTime;
  return started === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(started);
}

function splitByBudgets(candidates: readonly PodInfo[], budgets: readonly Budget[]): { violating: PodInfo[]; others: PodInfo[] } {
  const left = budgets.map(({ allowed }) => allowed);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const candidate of candidates) {
    let violates = false;
    budgets.forEach((budget, i) => {
      if (!covers(budget, candidate.pod)) return;
      left[i] = (left[i] ?? 0) - 1;
      if ((left[i] ?? 0) < 0) violates = true;
    });
    (violates ? violating : others).push(candidate);
  }
  return { violating, others };
}

/** Pods whose disruption the API server already counted do not count again. */
const covers = ({ namespace, selector, disrupted }: Budget, { metadata }: Pod): boolean =>
  namespace === metadata.namespace &&
  Object.keys(metadata.labels ?? {}).length > 0 &&
  !selector.nothing &&
  !selector.everything &&
  selector.matches(metadata.labels) &&
  !disrupted.has(metadata.name ?? '');
