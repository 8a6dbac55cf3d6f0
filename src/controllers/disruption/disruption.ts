import { semanticEqual } from '../../api/deep-equal.ts';
import { type Selector, selectorFrom } from '../../api/labels.ts';
import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isConflict } from '../../api/status.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Condition, LabelSelector } from '../../api/types/meta-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/types/policy-v1.ts';
import { timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { StartController } from '../context.ts';
import { findCondition, withoutCondition } from '../lib/conditions.ts';
import { podInformer } from '../lib/indexes.ts';
import { scaledValue } from '../lib/int-or-percent.ts';
import { isDeleting, nameOf, namespaceOf, timeOf } from '../lib/objects.ts';
import { isReady } from '../lib/pods.ts';
import { scaleFinder } from './scale.ts';
import { staleTargets } from './stale-target.ts';

/** How long a pod that an eviction was granted for may take to start going. */
const deletionTimeoutMs = 2 * 60_000;

/** How many pods are expected and how many of them have to stay healthy. */
export function healthGoal(budget: PodDisruptionBudget, podCount: number, scale: number): { expected: number; desired: number } {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) return { expected: scale, desired: Math.max(0, scale - scaledValue(maxUnavailable, scale, 'up')) };
  if (typeof minAvailable === 'string') return { expected: scale, desired: scaledValue(minAvailable, scale, 'up') };
  return { expected: podCount, desired: minAvailable ?? 0 };
}

/** Granted evictions that have not shown yet, and when the first of them lapses (milliseconds from now); `overdue` ones never did. */
export function pendingEvictions(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  now: number,
): { pending: Record<string, string>; overdue: Pod[]; lapsesIn?: number } {
  const granted = budget.status?.disruptedPods ?? {};
  const awaited = pods.filter((pod) => granted[nameOf(pod)] !== undefined && !isDeleting(pod));
  const left = (pod: Pod): number => timeOf(granted[nameOf(pod)]) + deletionTimeoutMs - now;
  const kept = awaited.filter((pod) => left(pod) > 0);
  return {
    pending: Object.fromEntries(kept.map((pod) => [nameOf(pod), granted[nameOf(pod)] ?? ''])),
    overdue: awaited.filter((pod) => left(pod) <= 0),
    ...(kept.length === 0 ? {} : { lapsesIn: Math.min(...kept.map(left)) }),
  };
}

/** Keeps the status of PodDisruptionBudgets, from which evictions are granted. */
export const disruptionController: StartController = (context) => {
  const { client, clock, informers } = context;
  const budgets = informers.informer(kinds.PodDisruptionBudget);
  const pods = podInformer(informers);
  const recorder = context.recorder('controllermanager');
  const wantedPods = scaleFinder(context);
  const selectorOf = (budget: PodDisruptionBudget): Selector => selectorFrom(budget.spec?.selector);

  /** The whole status; throws where it cannot be told how many pods there should be. */
  async function statusOf(budget: PodDisruptionBudget): Promise<{ status: PodDisruptionBudgetStatus; lapsesIn?: number }> {
    const selector = selectorOf(budget);
    const selected = pods.list(namespaceOf(budget)).filter((pod) => selector.matches(pod.metadata.labels ?? {}));
    if (selected.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const { expected, desired } = healthGoal(budget, selected.length, await scaleOf(budget, selected));
    const { pending, overdue, lapsesIn } = pendingEvictions(budget, selected, clock.now());
    for (const pod of overdue) {
      const namespace = namespaceOf(budget);
      const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
      recorder.event(pod, 'Warning', 'NotDeleted', message);
    }
    const healthy = selected.filter((pod) => !isDeleting(pod) && pending[nameOf(pod)] === undefined && isReady(pod)).length;
    const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
    const { generation } = budget.metadata;
    const status: PodDisruptionBudgetStatus = {
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      disruptionsAllowed,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(Object.keys(pending).length === 0 ? {} : { disruptedPods: pending }),
    };
    const reason = disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
    status.conditions = withAllowed(budget, disruptionsAllowed > 0, reason, '', generation, timestamp(clock));
    return { status, ...(lapsesIn === undefined ? {} : { lapsesIn }) };
  }

  async function scaleOf(budget: PodDisruptionBudget, selected: readonly Pod[]): Promise<number> {
    const { spec } = budget;
    if (spec?.maxUnavailable === undefined && typeof spec?.minAvailable !== 'string') return 0;
    try {
      const { scale, unmanaged } = await wantedPods(selected);
      if (unmanaged.length > 0) recorder.event(budget, 'Warning', 'UnmanagedPods', unmanagedText(spec?.selector));
      return scale;
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${messageOf(error)}`;
      recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      throw error;
    }
  }

  return [
    {
      name: 'disruption-controller',
      watch(enqueue) {
        budgets.on({ add: (budget) => enqueue(keyOf(budget)), update: (budget) => enqueue(keyOf(budget)) });
        const enqueueFor = (pod: Pod): void => {
          for (const budget of budgets.list(namespaceOf(pod)))
            if (selectorOf(budget).matches(pod.metadata.labels ?? {})) enqueue(keyOf(budget));
        };
        pods.on({
          add: enqueueFor,
          update(pod, previous) {
            enqueueFor(pod);
            if (JSON.stringify(pod.metadata.labels) !== JSON.stringify(previous.metadata.labels)) enqueueFor(previous);
          },
          delete: enqueueFor,
        });
        const enqueueNamespace = (object: { metadata: Pod['metadata'] }): void => {
          for (const budget of budgets.list(object.metadata.namespace)) enqueue(keyOf(budget));
        };
        const resized = <T extends { metadata: Pod['metadata']; spec?: { replicas?: number } }>(object: T, previous: T): void => {
          if (object.spec?.replicas !== previous.spec?.replicas) enqueueNamespace(object);
        };
        informers.informer(kinds.Deployment).on({ update: resized });
        informers.informer(kinds.ReplicaSet).on({ update: resized });
        informers.informer(kinds.StatefulSet).on({ update: resized });
        informers.informer(kinds.ReplicationController).on({ update: resized });
      },
      async reconcile(key) {
        const budget = budgets.get(key);
        if (budget === undefined) return undefined;
        const { status, lapsesIn } = await statusOf(budget).catch((error: unknown) => {
          if (isConflict(error)) throw error;
          return { status: failSafe(budget, messageOf(error), timestamp(clock)), lapsesIn: undefined };
        });
        if (!semanticEqual(status, budget.status)) await client.updateStatus(kinds.PodDisruptionBudget, { ...budget, status });
        return lapsesIn === undefined ? undefined : { requeueAfterMs: lapsesIn + 1 };
      },
    },
    staleTargets(context),
  ];
};

/** Where nothing is known for sure, nothing may be disrupted. */
function failSafe(budget: PodDisruptionBudget, message: string, now: string): PodDisruptionBudgetStatus {
  const { status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } } = budget;
  const conditions = withAllowed(budget, false, 'SyncFailed', message, status.observedGeneration, now);
  return { ...status, disruptionsAllowed: 0, conditions };
}

function withAllowed(
  { status }: PodDisruptionBudget,
  allowed: boolean,
  reason: string,
  message: string,
  observedGeneration: number | undefined,
  now: string,
): Condition[] {
  const current = findCondition(status?.conditions, 'DisruptionAllowed');
  const value = allowed ? 'True' : 'False';
  const next: Condition = {
    type: 'DisruptionAllowed',
    status: value,
    reason,
    message,
    lastTransitionTime: current?.status === value ? current.lastTransitionTime : now,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
  return [...withoutCondition(status?.conditions, 'DisruptionAllowed'), next];
}

const unmanagedText = (selector: LabelSelector | undefined): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${goSelector(selector)}) were found to be unmanaged. As a result, the status of ` +
  'the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ' +
  '".spec.minAvailable" field of the PDB to an integer value.';

/** A selector as Go prints the generated type. */
function goSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.keys(matchLabels).sort();
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const pairs = labels.map((key) => `${key}: ${matchLabels[key]},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
