import { semanticEqual } from '../../api/deep-equal.ts';
import type { Kind } from '../../api/kind.ts';
import type { Selector } from '../../api/labels.ts';
import { type KubeObject, keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { ReplicaSetStatus } from '../../api/types/apps-v1.ts';
import type { Pod, PodTemplateSpec } from '../../api/types/core-v1.ts';
import type { ControllerSpec } from '../../client/controller.ts';
import { modifyStatus } from '../../client/retry.ts';
import { timestamp } from '../../util/clock.ts';
import type { ControllerContext } from '../context.ts';
import { allSettled, slowStartBatch } from '../lib/batch.ts';
import { claimObjects } from '../lib/claim.ts';
import { createExpectations } from '../lib/expectations.ts';
import { candidatesOf, controlledBy, indexByController, podInformer } from '../lib/indexes.ts';
import { isDeleting, namespaceOf } from '../lib/objects.ts';
import { createPodControl, isNamespaceTerminating, podFromTemplate } from '../lib/pod-control.ts';
import { isActive, isTerminating, nextAvailableIn } from '../lib/pods.ts';
import { watchOwned } from '../lib/watch-owned.ts';
import { podsToDelete } from './ranking.ts';
import { replicaStatus } from './status.ts';

/** What ReplicaSet and ReplicationController have in common, and how to read it from each. */
export interface ReplicaKind<T extends KubeObject> {
  kind: Kind<T>;
  /** Name of the controller in logs and events. */
  component: string;
  replicas(set: T): number;
  minReadySeconds(set: T): number;
  selector(set: T): Selector;
  template(set: T): PodTemplateSpec;
  status(set: T): ReplicaSetStatus | undefined;
  /** Writes the status into a copy of the object; fields the kind lacks are left out here. */
  setStatus(copy: T, status: ReplicaSetStatus): void;
  /** Pods of these sets count as neighbours when pods to delete are chosen. */
  related(set: T, all: readonly T[]): readonly T[];
}

/** Creates or deletes at most this many pods in one go. */
const burstReplicas = 500;

/** Keeps as many pods as `spec.replicas` says: one reconcile for ReplicaSets and ReplicationControllers alike. */
export function replicaController<T extends KubeObject>(context: ControllerContext, type: ReplicaKind<T>): ControllerSpec {
  const { client, clock, informers } = context;
  const sets = indexByController(informers.informer(type.kind));
  const pods = podInformer(informers);
  const expectations = createExpectations(clock);
  const podControl = createPodControl(client, context.recorder(type.component));

  async function manageReplicas(key: string, set: T, active: readonly Pod[]): Promise<void> {
    const diff = active.length - type.replicas(set);
    if (diff < 0) {
      const count = Math.min(-diff, burstReplicas);
      expectations.expectCreations(key, count);
      const { successes, error } = await slowStartBatch(count, async () => {
        await podControl.create(podFromTemplate(type.template(set), set, type.kind), set);
      });
      for (let missing = successes; missing < count; missing++) expectations.creationObserved(key);
      if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    } else if (diff > 0) {
      const related = type.related(set, sets.list(namespaceOf(set))).flatMap((sibling) => controlledBy(pods, sibling));
      const doomed = podsToDelete(active, related, Math.min(diff, burstReplicas), clock.now());
      expectations.expectDeletions(key, doomed.map(keyOf));
      await allSettled(
        doomed.map(async (pod) => {
          try {
            await podControl.delete(pod, set);
          } catch (error) {
            expectations.deletionObserved(key, keyOf(pod));
            if (!isNotFound(error)) throw error;
          }
        }),
      );
    }
  }

  return {
    name: type.component,
    watch(enqueue) {
      watchOwned({
        owners: sets,
        children: pods,
        matches: (set, pod) => type.selector(set).matches(pod.metadata.labels ?? {}),
        enqueue,
        created: (key) => expectations.creationObserved(key),
        deleted: (key, pod) => expectations.deletionObserved(key, keyOf(pod)),
      });
      sets.on({ delete: (set) => expectations.forget(keyOf(set)) });
    },
    async reconcile(key) {
      const set = sets.get(key);
      if (set === undefined) {
        expectations.forget(key);
        return;
      }
      const due = expectations.satisfied(key);
      const selector = type.selector(set);
      const claimed = await claimObjects(
        { client, owner: set, ownerKind: type.kind, childKind: kinds.Pod, matches: (pod) => selector.matches(pod.metadata.labels ?? {}) },
        candidatesOf(pods, set).filter((pod) => isActive(pod) || isTerminating(pod)),
      );
      const active = claimed.filter(isActive);
      let failure: unknown;
      if (due && !isDeleting(set)) {
        try {
          await manageReplicas(key, set, active);
        } catch (error) {
          failure = error;
        }
      }
      const minReadySeconds = type.minReadySeconds(set);
      const status = replicaStatus({
        generation: set.metadata.generation,
        replicas: type.replicas(set),
        minReadySeconds,
        templateLabels: type.template(set).metadata?.labels ?? {},
        conditions: type.status(set)?.conditions,
        active,
        terminating: claimed.filter(isTerminating),
        failure,
        now: clock.now(),
        timestamp: timestamp(clock),
      });
      if (!sameStatus(type, set, status)) {
        await modifyStatus({ client, clock }, type.kind, set, (copy) => type.setStatus(copy, status));
      }
      if (failure !== undefined) throw failure;
      const wait = nextAvailableIn(active, minReadySeconds, clock.now());
      return wait === undefined ? undefined : { requeueAfterMs: wait };
    },
  };
}

function sameStatus<T extends KubeObject>(type: ReplicaKind<T>, set: T, status: ReplicaSetStatus): boolean {
  const copy = structuredClone(set);
  type.setStatus(copy, status);
  return semanticEqual(type.status(copy), type.status(set));
}
