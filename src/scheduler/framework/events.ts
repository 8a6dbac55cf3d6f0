import type { KubeObject } from '../../api/object.ts';
import type { Pod } from '../../api/types/core-v1.ts';

/** Something in the cluster that may make pods schedulable: kube-scheduler's event resources and actions. */
export type EventResource = 'AssignedPod' | 'UnscheduledPod' | 'Node' | 'PersistentVolume' | 'PersistentVolumeClaim' | 'StorageClass';

export type EventAction =
  | 'Add'
  | 'Delete'
  | 'Update'
  | 'UpdateNodeAllocatable'
  | 'UpdateNodeLabel'
  | 'UpdateNodeTaint'
  | 'UpdatePodLabel'
  | 'UpdatePodScaleDown'
  | 'UpdatePodTolerations'
  | 'UpdatePodSchedulingGatesEliminated';

export interface ClusterEvent {
  readonly resource: EventResource;
  readonly action: EventAction;
  /** Before, where there was something before. */
  readonly previous?: KubeObject;
  /** After; absent for Delete. */
  readonly current?: KubeObject;
}

/** Tells for a waiting pod that the plugin refused whether the event is worth another try. */
export type QueueingHint = (pod: Pod, event: ClusterEvent) => boolean;

/** An event that a plugin asks for. Without a hint every such event is worth a try. */
export interface ClusterEventWithHint {
  readonly resource: EventResource;
  readonly actions: readonly EventAction[];
  readonly hint?: QueueingHint;
}

/** The object that changed, as what the resource says it is. */
export const changed = <T extends KubeObject>(event: ClusterEvent): T | undefined => event.current as T | undefined;
export const before = <T extends KubeObject>(event: ClusterEvent): T | undefined => event.previous as T | undefined;
