import { semanticEqual } from '../api/deep-equal.ts';
import { type Selector, selectorFrom } from '../api/labels.ts';
import { keyFor, keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { Pod } from '../api/types/core-v1.ts';
import type { Condition } from '../api/types/meta-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../api/types/policy-v1.ts';
import { controllerOf } from '../client/owner.ts';
import { timestamp } from '../util/clock.ts';
import type { ControllerContext, StartController } from './context.ts';
import { findCondition } from './lib/conditions.ts';
import { podInformer } from './lib/indexes.ts';
import { scaledValue } from './lib/int-or-percent.ts';
import { isDeleting, namespaceOf, timeOf, uidOf } from './lib/objects.ts';
import { isReady } from './lib/pods.ts';

/** How long a pod that an eviction was granted for may take to start going. */
const deletionTimeoutMs = 2 * 60_000;

/** How many pods are expected and how many of them have to stay healthy. */
export function healthGoal(budget: PodDisruptionBudget, podCount: number, scale: number): { expected: number; desired: number } {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) return { expected: scale, desired: Math.max(0, scale - scaledValue(maxUnavailable, scale, 'up')) };
  if (typeof minAvailable === 'string') return { expected: scale, desired: scaledValue(minAvailable, scale, 'up') };
  return { expected: podCount, desired: minAvailable ?? 0 };
}

/** Granted evictions that have not shown yet, and when the first of them lapses (milliseconds from now). */
export function pendingEvictions(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  now: number,
): { pending: Record<string, string>; lapsesIn?: number } {
  const kept = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, since]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    return pod !== undefined && !isDeleting(pod) && timeOf(since) + deletionTimeoutMs > now;
  });
  const lapses = kept.map(([, since]) => timeOf(since) + deletionTimeoutMs - now);
  return { pending: Object.fromEntries(kept), ...(lapses.length === 0 ? {} : { lapsesIn: Math.min(...lapses) }) };
}

/** The size of what manages a pod: that of its Deployment, ReplicaSet, StatefulSet or ReplicationController. */
function scaleFinder({ informers }: ControllerContext): (pod: Pod) => { uid: string; replicas: number } | undefined {
  const deployments = informers.informer(kinds.Deployment);
  const replicaSets = informers.informer(kinds.ReplicaSet);
  const statefulSets = informers.informer(kinds.StatefulSet);
  const controllers = informers.informer(kinds.ReplicationController);
  return (pod) => {
    const owner = controllerOf(pod);
    if (owner === undefined) return undefined;
    const key = keyFor(owner.name, pod.metadata.namespace);
    const set = owner.kind === 'ReplicaSet' ? replicaSets.get(key) : undefined;
    const above = set === undefined ? undefined : controllerOf(set);
    const deployment = above?.kind === 'Deployment' ? deployments.get(keyFor(above.name, pod.metadata.namespace)) : undefined;
    const other =
      owner.kind === 'StatefulSet' ? statefulSets.get(key) : owner.kind === 'ReplicationController' ? controllers.get(key) : undefined;
    const found = deployment ?? set ?? other;
    return found === undefined ? undefined : { uid: uidOf(found), replicas: found.spec?.replicas ?? 1 };
  };
}

/** Keeps the status of PodDisruptionBudgets, from which evictions are granted. */
export const disruptionController: StartController = (context) => {
  const { client, clock, informers } = context;
  const budgets = informers.informer(kinds.PodDisruptionBudget);
  const pods = podInformer(informers);
  const recorder = context.recorder('controllermanager');
  const scaleOf = scaleFinder(context);
  const selectorOf = (budget: PodDisruptionBudget): Selector => selectorFrom(budget.spec?.selector);

  return {
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
      const selector = selectorOf(budget);
      const selected = pods.list(namespaceOf(budget)).filter((pod) => selector.matches(pod.metadata.labels ?? {}));
      if (selected.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
      const scales = new Map(selected.flatMap((pod) => scaleOf(pod) ?? []).map(({ uid, replicas }) => [uid, replicas]));
      const scale = [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
      const { expected, desired } = healthGoal(budget, selected.length, scale);
      const { pending, lapsesIn } = pendingEvictions(budget, selected, clock.now());
      const healthy = selected.filter((pod) => !isDeleting(pod) && pending[pod.metadata.name ?? ''] === undefined && isReady(pod)).length;
      const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
      const { generation } = budget.metadata;
      const status: PodDisruptionBudgetStatus = {
        currentHealthy: healthy,
        desiredHealthy: desired,
        expectedPods: expected,
        disruptionsAllowed,
        ...(generation === undefined ? {} : { observedGeneration: generation }),
        ...(Object.keys(pending).length === 0 ? {} : { disruptedPods: pending }),
        conditions: [allowedCondition(budget, disruptionsAllowed, timestamp(clock))],
      };
      if (!semanticEqual(status, budget.status)) await client.updateStatus(kinds.PodDisruptionBudget, { ...budget, status });
      return lapsesIn === undefined ? undefined : { requeueAfterMs: lapsesIn + 1 };
    },
  };
};

function allowedCondition({ metadata, status }: PodDisruptionBudget, allowed: number, now: string): Condition {
  const current = findCondition(status?.conditions, 'DisruptionAllowed');
  const value = allowed > 0 ? 'True' : 'False';
  return {
    type: 'DisruptionAllowed',
    status: value,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: current?.status === value ? current.lastTransitionTime : now,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
  };
}
