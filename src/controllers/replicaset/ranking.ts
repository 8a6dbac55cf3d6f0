import type { Pod } from '../../api/types/core-v1.ts';
import { createdAt, uidOf } from '../lib/objects.ts';
import { isActive, isReady, phaseOf, readySince } from '../lib/pods.ts';

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

const deletionCost = (pod: Pod): number => {
  const value = Number(pod.metadata.annotations?.[deletionCostAnnotation] ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
};
const isAssigned = (pod: Pod): boolean => (pod.spec?.nodeName ?? '') !== '';
const restarts = (pod: Pod): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));

/** Ages are compared by the logarithm of their nanoseconds, so that pods of about the same age are told apart at random (by UID). */
function compareAges(a: number, b: number, now: number): number {
  const rank = (time: number): number => (now > time ? Math.floor(Math.log2((now - time) * 1e6)) : -1);
  return rank(a) - rank(b);
}

/**
 * Order of deletion: less than zero means `a` goes first. Upstream's `ActivePodsWithRanks`: unassigned, then pending, then not
 * ready, then cheap (`pod-deletion-cost`), then doubled up on a node (`rank`), then recently ready, then often restarted, then new.
 */
export function compareForDeletion(a: Pod, b: Pod, rank: (pod: Pod) => number, now: number): number {
  if (isAssigned(a) !== isAssigned(b)) return isAssigned(a) ? 1 : -1;
  const phases = (phaseOrder[phaseOf(a)] ?? 0) - (phaseOrder[phaseOf(b)] ?? 0);
  if (phases !== 0) return phases;
  if (isReady(a) !== isReady(b)) return isReady(a) ? 1 : -1;
  const costs = deletionCost(a) - deletionCost(b);
  if (costs !== 0) return costs;
  const ranks = rank(b) - rank(a);
  if (ranks !== 0) return ranks;
  const byUid = uidOf(a) < uidOf(b) ? -1 : 1;
  if (isReady(a) && readySince(a) !== readySince(b)) return compareAges(readySince(a), readySince(b), now) || byUid;
  const restarted = restarts(b) - restarts(a);
  if (restarted !== 0) return restarted;
  return createdAt(a) === createdAt(b) ? 0 : compareAges(createdAt(a), createdAt(b), now) || byUid;
}

/**
 * The `count` pods to delete of `pods`. `related` are the pods of all sets of the same owner: pods that share a node with more
 * of them go first, which spreads a rolling update.
 */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: number): Pod[] {
  if (count >= pods.length) return [...pods];
  const onNode = new Map<string, number>();
  for (const pod of related) {
    if (isActive(pod)) onNode.set(pod.spec?.nodeName ?? '', (onNode.get(pod.spec?.nodeName ?? '') ?? 0) + 1);
  }
  const rank = (pod: Pod): number => onNode.get(pod.spec?.nodeName ?? '') ?? 0;
  return [...pods].sort((a, b) => compareForDeletion(a, b, rank, now)).slice(0, count);
}
