import type { ReplicaSet } from '../../api/types/apps-v1.ts';
import { isTerminal } from '../lib/pods.ts';
import { type Revisions, type Rollout, resize, syncRevisions } from './rollout.ts';
import { actualReplicas, replicasOf } from './sizes.ts';

/** One step of Recreate: all old pods go, and only when none runs any more does the new set come. Answers what is there now. */
export async function rollRecreate(rollout: Rollout, revisions: Revisions): Promise<Revisions> {
  const active = revisions.old.filter((set) => replicasOf(set) > 0);
  if (
    await resize(
      rollout,
      active.map((set) => ({ set, replicas: 0 })),
    )
  )
    return revisions;
  if (oldPodsRunning(rollout, revisions)) return revisions;
  const { newSet, old } = revisions.newSet === undefined ? await syncRevisions(rollout, true) : revisions;
  if (newSet !== undefined) await resize(rollout, [{ set: newSet, replicas: replicasOf(rollout.deployment) }]);
  return { newSet, old };
}

function oldPodsRunning(rollout: Rollout, { old }: Revisions): boolean {
  if (actualReplicas(old) > 0) return true;
  return old.some((set: ReplicaSet) => rollout.podsOf(set).some((pod) => !isTerminal(pod)));
}
