import { semanticEqual } from '../../api/deep-equal.ts';
import { selectorFrom } from '../../api/labels.ts';
import { keyFor, keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { ReconcileResult } from '../../client/controller.ts';
import { controllerOf } from '../../client/owner.ts';
import { timestamp } from '../../util/clock.ts';
import type { StartController } from '../context.ts';
import { claimObjects } from '../lib/claim.ts';
import { candidatesOf, controlledBy, indexByController, podInformer } from '../lib/indexes.ts';
import { hasSpec, isDeleting, nameOf, type WithSpec } from '../lib/objects.ts';
import { ownerKeyOf, watchOwned } from '../lib/watch-owned.ts';
import { byRevision, desiredReplicasOf } from './annotations.ts';
import { deadlineIn, pausedCondition, rolloutStatus } from './progress.ts';
import { rollRecreate } from './recreate.ts';
import { rollBack, rollbackTarget } from './rollback.ts';
import { rollRolling } from './rolling.ts';
import { findNewSet, type Revisions, type Rollout, resize, scaleSet, setCondition, syncRevisions, writeStatus } from './rollout.ts';
import { activeOrLatest, isRollingUpdate, isSaturated, proportionalSizes, replicasOf } from './sizes.ts';
import { deploymentStatus, isComplete } from './status.ts';

/** Keeps ReplicaSets as a Deployment's template, size and strategy ask (kube-controller-manager's deployment controller). */
export const deploymentController: StartController = ({ client, clock, informers, recorder: recorderFor }) => {
  const deployments = informers.informer(kinds.Deployment);
  const sets = indexByController(informers.informer(kinds.ReplicaSet));
  const pods = podInformer(informers);
  const recorder = recorderFor('deployment-controller');

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const found = deployments.get(key);
    if (!hasSpec(found)) return undefined;
    const { matchLabels, matchExpressions } = found.spec.selector;
    if (Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0) {
      recorder.event(found, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
      return undefined;
    }
    const selector = selectorFrom(found.spec.selector);
    const claimed = await claimObjects<ReplicaSet>(
      {
        client,
        owner: found,
        ownerKind: kinds.Deployment,
        childKind: kinds.ReplicaSet,
        matches: (set) => selector.matches(set.metadata.labels ?? {}),
      },
      candidatesOf(sets, found),
    );
    const deployment = structuredClone(found) as WithSpec<Deployment>;
    const rollout: Rollout = { client, clock, recorder, deployment, sets: claimed, podsOf: (set) => controlledBy(pods, set) };
    return sync(rollout);
  }

  return {
    name: 'deployment-controller',
    watch(enqueue) {
      watchOwned({
        owners: deployments,
        children: sets,
        matches: (one, set) => selectorFrom(one.spec?.selector).matches(set.metadata.labels ?? {}),
        enqueue,
      });
      // Recreate waits until the last old pod is really gone, which no ReplicaSet's status tells.
      const onPodGone = (pod: Pod): void => {
        const owner = controllerOf(pod);
        const set = owner?.kind === 'ReplicaSet' ? sets.get(keyFor(owner.name, pod.metadata.namespace)) : undefined;
        const key = set === undefined ? undefined : ownerKeyOf(set, kinds.Deployment);
        const deployment = key === undefined ? undefined : deployments.get(key);
        if (deployment !== undefined && !isRollingUpdate(deployment)) enqueue(keyOf(deployment));
      };
      pods.on({ delete: onPodGone });
    },
    reconcile,
  };
};

async function sync(rollout: Rollout): Promise<ReconcileResult | undefined> {
  if (isDeleting(rollout.deployment)) {
    const newSet = findNewSet(rollout.deployment, rollout.sets);
    return finish(rollout, deploymentStatus(rollout.deployment, rollout.sets, newSet, timestamp(rollout.clock)));
  }
  const paused = pausedCondition(rollout.deployment, timestamp(rollout.clock));
  if (paused !== undefined) {
    setCondition(rollout.deployment, paused);
    await writeStatus(rollout);
  }
  if (rollout.deployment.spec.paused === true) return syncSize(rollout);
  const target = rollbackTarget(rollout.deployment);
  if (target !== undefined) {
    await rollBack(rollout, target);
    return undefined;
  }
  if (isScalingEvent(rollout)) return syncSize(rollout);
  return rollOut(rollout);
}

async function rollOut(rollout: Rollout): Promise<ReconcileResult | undefined> {
  const rolling = isRollingUpdate(rollout.deployment);
  let revisions = await syncRevisions(rollout, rolling);
  let changed = false;
  if (rolling) changed = await rollRolling(rollout, revisions);
  else revisions = await rollRecreate(rollout, revisions);
  if (!changed && isComplete(rollout.deployment, rollout.deployment.status ?? {})) await cleanUp(rollout, revisions.old);
  const all = allOf(revisions);
  return finish(rollout, rolloutStatus(rollout.deployment, all, revisions.newSet, timestamp(rollout.clock)));
}

const allOf = ({ newSet, old }: Revisions): ReplicaSet[] => [...old, ...(newSet === undefined ? [] : [newSet])];

/** The size was changed since the sets were last sized: scale before anything is rolled. */
const isScalingEvent = ({ deployment, sets }: Rollout): boolean =>
  sets.some((set) => {
    const desired = desiredReplicasOf(set);
    return replicasOf(set) > 0 && desired !== undefined && desired !== replicasOf(deployment);
  });

async function syncSize(rollout: Rollout): Promise<ReconcileResult | undefined> {
  const revisions = await syncRevisions(rollout, false);
  const { newSet, old } = revisions;
  const only = activeOrLatest(newSet, old);
  const active = allOf(revisions).filter((set) => replicasOf(set) > 0);
  if (only !== undefined) await scaleSet(rollout, { set: only, replicas: replicasOf(rollout.deployment) });
  else if (isSaturated(rollout.deployment, newSet)) {
    await resize(
      rollout,
      active.filter((set) => set !== newSet).map((set) => ({ set, replicas: 0 })),
    );
  } else if (isRollingUpdate(rollout.deployment)) {
    for (const change of proportionalSizes(rollout.deployment, active)) await scaleSet(rollout, change);
  }
  if (rollout.deployment.spec.paused === true && rollbackTarget(rollout.deployment) === undefined) await cleanUp(rollout, old);
  return finish(rollout, deploymentStatus(rollout.deployment, allOf(revisions), newSet, timestamp(rollout.clock)));
}

/** Writes the status when it differs, and asks for another look when a deadline is running. */
async function finish(rollout: Rollout, status: DeploymentStatus): Promise<ReconcileResult | undefined> {
  const { clock, deployment } = rollout;
  if (!semanticEqual(deployment.status, status)) {
    deployment.status = status;
    await writeStatus(rollout);
    return undefined;
  }
  const wait = deadlineIn(deployment, status, clock.now());
  return wait === undefined ? undefined : { requeueAfterMs: wait };
}

/** Deletes the oldest unused sets beyond `revisionHistoryLimit`. */
async function cleanUp({ client, deployment }: Rollout, old: readonly ReplicaSet[]): Promise<void> {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === 2_147_483_647) return;
  const kept = old.filter((set) => !isDeleting(set)).sort(byRevision);
  for (const set of kept.slice(0, Math.max(0, kept.length - limit))) {
    const unused = replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0;
    if (!unused || (set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0)) continue;
    await client.delete(kinds.ReplicaSet, nameOf(set), set.metadata.namespace).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
