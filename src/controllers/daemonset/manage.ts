import type { DaemonSet } from '../../api/types/apps-v1.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import { scaledValue } from '../lib/int-or-percent.ts';
import { byCreation, isDeleting, nameOf } from '../lib/objects.ts';
import { isAvailable, isReady, phaseOf } from '../lib/pods.ts';
import { nodeShouldRun, targetNode } from './nodes.ts';

export const hashLabel = 'controller-revision-hash';

/** A DaemonSet with its pods by node, at one moment. */
export interface DaemonSnapshot {
  daemonSet: DaemonSet;
  nodes: readonly Node[];
  podsByNode: ReadonlyMap<string, Pod[]>;
  hash: string;
  now: number;
}

export interface DaemonPlan {
  /** Nodes that are to get a pod. */
  create: string[];
  remove: Pod[];
  /** Of those removed, pods that failed by themselves: they are replaced with back-off. */
  failed: Pod[];
  succeeded: Pod[];
}

export function groupByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod);
    if (node !== undefined) groups.set(node, [...(groups.get(node) ?? []), pod]);
  }
  return groups;
}

const isNew = ({ hash }: DaemonSnapshot, pod: Pod): boolean => pod.metadata.labels?.[hashLabel] === hash;
const available = ({ daemonSet, now }: DaemonSnapshot, pod: Pod): boolean => isAvailable(pod, daemonSet.spec?.minReadySeconds ?? 0, now);

/** How many pods may be surplus or missing during an update. */
export function updateLimits({ daemonSet, nodes }: DaemonSnapshot): { maxSurge: number; maxUnavailable: number } {
  const wanted = nodes.filter((node) => nodeShouldRun(daemonSet, node).run).length;
  const rolling = daemonSet.spec?.updateStrategy?.rollingUpdate;
  const maxSurge = scaledValue(rolling?.maxSurge ?? 0, wanted, 'up');
  const maxUnavailable = scaledValue(rolling?.maxUnavailable ?? 1, wanted, 'up');
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

/** Pods that nodes lack or have too many of (upstream's `manage`). */
export function planNodes(snapshot: DaemonSnapshot): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], failed: [], succeeded: [] };
  const surge = updateLimits(snapshot).maxSurge > 0 && snapshot.daemonSet.spec?.updateStrategy?.type !== 'OnDelete';
  for (const node of snapshot.nodes) {
    const pods = snapshot.podsByNode.get(nameOf(node)) ?? [];
    const { run, keep } = nodeShouldRun(snapshot.daemonSet, node);
    if (run && pods.length === 0) plan.create.push(nameOf(node));
    else if (!keep) plan.remove.push(...pods.filter((pod) => !isDeleting(pod)));
    else keepOne(snapshot, pods, surge, plan);
  }
  const known = new Set(snapshot.nodes.map(nameOf));
  for (const [node, pods] of snapshot.podsByNode) {
    // Nobody will ever schedule these: their node is gone. Pods that were bound are the pod garbage collector's.
    if (!known.has(node)) plan.remove.push(...pods.filter((pod) => (pod.spec?.nodeName ?? '') === '' && !isDeleting(pod)));
  }
  return plan;
}

function keepOne(snapshot: DaemonSnapshot, pods: readonly Pod[], surge: boolean, plan: DaemonPlan): void {
  const alive: Pod[] = [];
  for (const pod of pods.filter((one) => !isDeleting(one))) {
    if (phaseOf(pod) === 'Failed') plan.failed.push(pod);
    else if (phaseOf(pod) === 'Succeeded') plan.succeeded.push(pod);
    else alive.push(pod);
  }
  if (alive.length <= 1) return;
  const oldestFirst = alive.sort(
    (a, b) => Number((a.spec?.nodeName ?? '') === '') - Number((b.spec?.nodeName ?? '') === '') || byCreation(a, b),
  );
  if (!surge) {
    plan.remove.push(...oldestFirst.slice(1));
    return;
  }
  const oldest = (fresh: boolean): Pod | undefined => oldestFirst.find((pod) => isNew(snapshot, pod) === fresh);
  const [newPod, oldPod] = [oldest(true), oldest(false)];
  plan.remove.push(...oldestFirst.filter((pod) => pod !== newPod && pod !== oldPod));
  if (newPod !== undefined && oldPod !== undefined && (!isReady(oldPod) || available(snapshot, newPod))) plan.remove.push(oldPod);
}

/** The next step of a rolling update: old pods to delete and, with maxSurge, nodes that get a new pod beside the old one. */
export function planUpdate(snapshot: DaemonSnapshot): { create: string[]; remove: Pod[] } {
  const { maxSurge, maxUnavailable } = updateLimits(snapshot);
  const perNode = snapshot.nodes
    .filter((node) => nodeShouldRun(snapshot.daemonSet, node).run)
    .map((node) => {
      const alive = (snapshot.podsByNode.get(nameOf(node)) ?? []).filter((pod) => !isDeleting(pod));
      return { node: nameOf(node), newPod: alive.find((pod) => isNew(snapshot, pod)), oldPod: alive.find((pod) => !isNew(snapshot, pod)) };
    });
  return maxSurge > 0 ? planSurge(snapshot, perNode, maxSurge) : planReplace(snapshot, perNode, maxUnavailable);
}

interface NodePods {
  node: string;
  newPod: Pod | undefined;
  oldPod: Pod | undefined;
}

function planReplace(snapshot: DaemonSnapshot, perNode: readonly NodePods[], maxUnavailable: number): { create: string[]; remove: Pod[] } {
  let unavailable = 0;
  const useless: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { newPod, oldPod } of perNode) {
    if ((newPod === undefined) === (oldPod === undefined)) unavailable += 1;
    else if (newPod !== undefined) unavailable += available(snapshot, newPod) ? 0 : 1;
    else if (oldPod !== undefined && available(snapshot, oldPod)) candidates.push(oldPod);
    else if (oldPod !== undefined) {
      // Replacing what does not work costs no availability.
      useless.push(oldPod);
      unavailable += 1;
    }
  }
  return { create: [], remove: [...useless, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

function planSurge(snapshot: DaemonSnapshot, perNode: readonly NodePods[], maxSurge: number): { create: string[]; remove: Pod[] } {
  let surging = 0;
  const atOnce: string[] = [];
  const candidates: string[] = [];
  const remove: Pod[] = [];
  for (const { node, newPod, oldPod } of perNode) {
    if (oldPod === undefined) continue;
    if (newPod === undefined) (available(snapshot, oldPod) ? candidates : atOnce).push(node);
    else if (available(snapshot, newPod)) remove.push(oldPod);
    else surging += 1;
  }
  return { create: [...atOnce, ...candidates.slice(0, Math.max(0, maxSurge - surging))], remove };
}
