import { semanticEqual } from '../api/deep-equal.ts';
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { Node, Pod } from '../api/types/core-v1.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { SchedulerCache } from './cache/cache.ts';
import { uidOf } from './cache/pod-info.ts';
import { requestsOf } from './cache/resources.ts';
import type { ClusterEvent, EventAction, EventResource } from './framework/events.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';
import type { WaitingRoom } from './waiting-pods.ts';

export interface EventTargets {
  informers: InformerFactory;
  cache: SchedulerCache;
  queue: SchedulingQueue;
  waitingRoom: WaitingRoom;
  schedulerName: string;
}

/** Brings what informers tell into the cache and the queue. */
export function addEventHandlers(targets: EventTargets): void {
  const { informers, queue } = targets;
  addNodeHandlers(targets);
  addPodHandlers(targets);
  informers.informer(kinds.Namespace).on({
    add: () => targets.cache.namespacesChanged(),
    delete: () => targets.cache.namespacesChanged(),
    update(namespace, previous) {
      if (!semanticEqual(namespace.metadata.labels, previous.metadata.labels)) targets.cache.namespacesChanged();
    },
  });
  const others: [Kind, EventResource][] = [
    [kinds.PersistentVolume, 'PersistentVolume'],
    [kinds.PersistentVolumeClaim, 'PersistentVolumeClaim'],
    [kinds.StorageClass, 'StorageClass'],
  ];
  for (const [kind, resource] of others) {
    informers.informer<KubeObject>(kind).on({
      add: (current) => queue.move({ resource, action: 'Add', current }),
      update: (current, previous) => queue.move({ resource, action: 'Update', current, previous }),
    });
  }
}

function addNodeHandlers({ informers, cache, queue }: EventTargets): void {
  informers.informer(kinds.Node).on({
    add(node) {
      cache.setNode(node);
      queue.move({ resource: 'Node', action: 'Add', current: node });
    },
    update(node, previous) {
      // A heartbeat or a condition changes nothing that scheduling looks at.
      if (!sameForScheduling(node, previous)) cache.setNode(node);
      for (const action of nodeActions(node, previous)) queue.move({ resource: 'Node', action, current: node, previous });
    },
    delete(node) {
      cache.removeNode(node.metadata.name ?? '');
      queue.move({ resource: 'Node', action: 'Delete', previous: node });
    },
  });
}

function nodeActions(node: Node, previous: Node): EventAction[] {
  const actions: EventAction[] = [];
  if (!semanticEqual(node.status?.allocatable, previous.status?.allocatable)) actions.push('UpdateNodeAllocatable');
  if (!semanticEqual(node.metadata.labels, previous.metadata.labels)) actions.push('UpdateNodeLabel');
  const tainted = !semanticEqual(node.spec?.taints, previous.spec?.taints);
  if (tainted || (node.spec?.unschedulable ?? false) !== (previous.spec?.unschedulable ?? false)) actions.push('UpdateNodeTaint');
  return actions;
}

const sameForScheduling = (node: Node, previous: Node): boolean =>
  nodeActions(node, previous).length === 0 && semanticEqual(node.status?.images, previous.status?.images);

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
const isAssigned = ({ spec }: Pod): boolean => (spec?.nodeName ?? '') !== '';

function addPodHandlers({ informers, cache, queue, waitingRoom, schedulerName }: EventTargets): void {
  const isOurs = ({ spec }: Pod): boolean => (spec?.schedulerName ?? 'default-scheduler') === schedulerName;

  const arrive = (pod: Pod): void => {
    if (isAssigned(pod)) {
      cache.setPod(pod);
      queue.delete(uidOf(pod));
      queue.move({ resource: 'AssignedPod', action: 'Add', current: pod });
    } else if (isOurs(pod)) queue.add(pod);
  };
  const leave = (pod: Pod): void => {
    const uid = uidOf(pod);
    const wasAssumed = cache.isAssumed(uid);
    cache.removePod(pod);
    if (!isAssigned(pod)) {
      queue.delete(uid);
      waitingRoom.get(uid)?.reject('', 'removed');
    }
    // A pod that had, or was promised, a place leaves it to others.
    if (isAssigned(pod) || wasAssumed || (pod.status?.nominatedNodeName ?? '') !== '') {
      queue.move({ resource: 'AssignedPod', action: 'Delete', previous: pod });
    }
  };
  informers.informer(kinds.Pod).on({
    add(pod) {
      if (!isOver(pod)) arrive(pod);
    },
    update(pod, previous) {
      if (isOver(previous)) return;
      if (isOver(pod)) leave(pod);
      else if (isAssigned(pod) !== isAssigned(previous)) arrive(pod);
      else if (isAssigned(pod)) {
        cache.setPod(pod);
        for (const event of podEvents('AssignedPod', pod, previous)) queue.move(event);
      } else if (isOurs(pod) && !cache.isAssumed(uidOf(pod))) queue.update(pod, podEvents('UnscheduledPod', pod, previous));
    },
    delete(pod) {
      if (!isOver(pod)) leave(pod);
    },
  });
}

/** What a pod's change means to waiting pods, or to itself. */
export function podEvents(resource: 'AssignedPod' | 'UnscheduledPod', current: Pod, previous: Pod): ClusterEvent[] {
  const actions: EventAction[] = [];
  if (!semanticEqual(current.metadata.labels, previous.metadata.labels)) actions.push('UpdatePodLabel');
  if (!semanticEqual(current.spec?.tolerations, previous.spec?.tolerations)) actions.push('UpdatePodTolerations');
  const gates = (pod: Pod): number => pod.spec?.schedulingGates?.length ?? 0;
  if (gates(current) === 0 && gates(previous) > 0) actions.push('UpdatePodSchedulingGatesEliminated');
  if (shrank(current, previous)) actions.push('UpdatePodScaleDown');
  return actions.map((action) => ({ resource, action, current, previous }));
}

function shrank(current: Pod, previous: Pod): boolean {
  const amounts = (pod: Pod) => [
    pod.spec?.containers.map(({ resources }) => resources),
    pod.spec?.resources,
    pod.status?.containerStatuses,
  ];
  if (semanticEqual(amounts(current), amounts(previous))) return false;
  const now = requestsOf(current);
  const then = requestsOf(previous);
  return (
    now.milliCPU < then.milliCPU ||
    now.memory < then.memory ||
    now.ephemeralStorage < then.ephemeralStorage ||
    then.scalar.entries().some(([name, amount]) => (now.scalar.get(name) ?? 0) < amount)
  );
}
