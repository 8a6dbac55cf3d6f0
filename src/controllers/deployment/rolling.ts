import type { ReplicaSet } from '../../api/types/apps-v1.ts';
import { type Revisions, type Rollout, resize } from './rollout.ts';
import { cleanupUnhealthy, maxUnavailable, newSetReplicas, replicasOf, scaleDownOld, totalReplicas } from './sizes.ts';

/** One step of a rolling update; answers whether it changed a size (the rest follows when that shows). */
export async function rollRolling(rollout: Rollout, { newSet, old }: Revisions): Promise<boolean> {
  if (newSet === undefined) return false;
  if (await growNewSet(rollout, newSet, old)) return true;
  return shrinkOldSets(rollout, newSet, old);
}

function growNewSet(rollout: Rollout, newSet: ReplicaSet, old: readonly ReplicaSet[]): Promise<boolean> {
  const { deployment } = rollout;
  const wanted = replicasOf(deployment);
  const replicas = replicasOf(newSet) >= wanted ? wanted : newSetReplicas(deployment, [...old, newSet], newSet);
  return resize(rollout, [{ set: newSet, replicas }]);
}

async function shrinkOldSets(rollout: Rollout, newSet: ReplicaSet, old: readonly ReplicaSet[]): Promise<boolean> {
  const { deployment } = rollout;
  const active = old.filter((set) => replicasOf(set) > 0);
  if (active.length === 0) return false;
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
  // New pods that are not available yet are counted as missing, or a broken template would eat up all old pods.
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const limit = totalReplicas([...old, newSet]) - minAvailable - newUnavailable;
  if (limit <= 0) return false;
  const cleaned = cleanupUnhealthy(active, limit);
  const cleanedSomething = await resize(rollout, cleaned);
  const after = active.map((set) => withReplicas(set, cleaned.find((change) => change.set === set)?.replicas));
  const scaled = scaleDownOld(deployment, [...after, newSet], after);
  // A set that was cleaned up has a newer revision by now; its next step comes with the event of that change.
  const fresh = scaled.filter(({ set }) => active.includes(set));
  return (await resize(rollout, fresh)) || cleanedSomething;
}

const withReplicas = (set: ReplicaSet, replicas: number | undefined): ReplicaSet =>
  replicas === undefined || set.spec === undefined ? set : { ...set, spec: { ...set.spec, replicas } };
