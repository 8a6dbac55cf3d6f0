import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';
import { scaledValue } from '../lib/int-or-percent.ts';
import { byCreation, createdAt, type WithSpec } from '../lib/objects.ts';
import { desiredReplicasOf, maxReplicasOf } from './annotations.ts';

export const replicasOf = (object: Deployment | ReplicaSet): number => object.spec?.replicas ?? 0;
export const totalReplicas = (sets: readonly ReplicaSet[]): number => sum(sets, replicasOf);
export const actualReplicas = (sets: readonly ReplicaSet[]): number => sum(sets, (set) => set.status?.replicas ?? 0);
export const availableReplicas = (sets: readonly ReplicaSet[]): number => sum(sets, (set) => set.status?.availableReplicas ?? 0);
export const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((all, set) => all + count(set), 0);

export const isRollingUpdate = (deployment: Deployment): boolean => deployment.spec?.strategy?.type !== 'Recreate';

/** Pods allowed above and missing below `spec.replicas`; never both 0, or nothing could move. */
export function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const surge = scaledValue(rolling?.maxSurge, replicasOf(deployment), 'up');
  const unavailable = scaledValue(rolling?.maxUnavailable, replicasOf(deployment), 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

export const maxSurge = (deployment: Deployment): number => (isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0);

export function maxUnavailable(deployment: Deployment): number {
  if (!isRollingUpdate(deployment) || replicasOf(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicasOf(deployment));
}

/** How many replicas the new set is to have now (upstream's `NewRSNewReplicas`). */
export function newSetReplicas(deployment: WithSpec<Deployment>, all: readonly ReplicaSet[], newSet: ReplicaSet): number {
  if (!isRollingUpdate(deployment)) return replicasOf(deployment);
  const room = replicasOf(deployment) + fenceposts(deployment).surge - totalReplicas(all);
  if (room <= 0) return replicasOf(newSet);
  return replicasOf(newSet) + Math.min(room, replicasOf(deployment) - replicasOf(newSet));
}

export interface Resize {
  set: ReplicaSet;
  replicas: number;
}

/** Old sets first give up pods that do not work (upstream's `cleanupUnhealthyReplicas`). */
export function cleanupUnhealthy(old: readonly ReplicaSet[], limit: number): Resize[] {
  const changes: Resize[] = [];
  let left = limit;
  for (const set of [...old].sort(byCreation)) {
    if (left <= 0) break;
    const unhealthy = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    if (replicasOf(set) === 0 || unhealthy <= 0) continue;
    const count = Math.min(left, unhealthy);
    changes.push({ set, replicas: replicasOf(set) - count });
    left -= count;
  }
  return changes;
}

/** Then they give up as many working pods as the minimum of available ones allows, oldest set first. */
export function scaleDownOld(deployment: Deployment, all: readonly ReplicaSet[], old: readonly ReplicaSet[]): Resize[] {
  const changes: Resize[] = [];
  let left = availableReplicas(all) - (replicasOf(deployment) - maxUnavailable(deployment));
  for (const set of [...old].sort(byCreation)) {
    if (left <= 0) break;
    if (replicasOf(set) === 0) continue;
    const count = Math.min(replicasOf(set), left);
    changes.push({ set, replicas: replicasOf(set) - count });
    left -= count;
  }
  return changes;
}

/** Shares a change of size out over several active sets in proportion to theirs; what rounding leaves goes to the largest. */
export function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): Resize[] {
  const allowed = replicasOf(deployment) > 0 ? replicasOf(deployment) + maxSurge(deployment) : 0;
  const toAdd = allowed - totalReplicas(active);
  const tie = toAdd > 0 ? (a: ReplicaSet, b: ReplicaSet) => createdAt(b) - createdAt(a) : byCreation;
  const bySize = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || tie(a, b));
  let added = 0;
  const sizes = bySize.map((set) => {
    const share = proportion(deployment, set, toAdd, added);
    added += share;
    return { set, replicas: replicasOf(set) + share };
  });
  const [largest, ...others] = sizes;
  if (largest === undefined) return [];
  return [{ set: largest.set, replicas: Math.max(0, largest.replicas + toAdd - added) }, ...others];
}

function proportion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (replicasOf(set) === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fraction(deployment, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction(deployment: Deployment, set: ReplicaSet): number {
  if (replicasOf(deployment) === 0) return -replicasOf(set);
  const before = maxReplicasOf(set) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((replicasOf(set) * (replicasOf(deployment) + maxSurge(deployment))) / before) - replicasOf(set);
}

/** The one set that a plain scaling concerns: the only active one, or the newest when none is. */
export function activeOrLatest(newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const active = [...old, ...(newSet === undefined ? [] : [newSet])].filter((set) => replicasOf(set) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? newSet ?? [...old].sort((a, b) => byCreation(b, a))[0];
}

/** The new set has all pods, wants all, and all are available. */
export const isSaturated = (deployment: Deployment, set: ReplicaSet | undefined): boolean =>
  set !== undefined &&
  replicasOf(set) === replicasOf(deployment) &&
  (set.status?.availableReplicas ?? 0) === replicasOf(deployment) &&
  desiredReplicasOf(set) === replicasOf(deployment);
