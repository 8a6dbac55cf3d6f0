import type { DaemonSetStatus, DeploymentStatus, ReplicaSetStatus, StatefulSetStatus } from '../types/apps-v1.ts';
import type { JobStatus } from '../types/batch-v1.ts';
import type { ReplicationControllerStatus } from '../types/core-v1.ts';

/** Drops fields that hold Go's zero value and read back as absent (see always-written.ts), for controllers to compare without them. */
export function omitZero<T extends object>(object: T | undefined, ...fields: (keyof T)[]): void {
  if (object === undefined) return;
  for (const field of fields) {
    const value = object[field];
    if (value === false || value === 0 || value === '' || value === null) delete object[field];
  }
}

type Counters<S> = readonly (keyof S & string)[];
const replicaCounters = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'] as const;

/** What of a workload's status reads back as absent at 0. */
export const omittedAtZero = {
  Deployment: ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas', 'observedGeneration'],
  ReplicaSet: replicaCounters,
  ReplicationController: replicaCounters,
  StatefulSet: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'currentRevision', 'updateRevision', 'observedGeneration'],
  DaemonSet: ['updatedNumberScheduled', 'numberAvailable', 'numberUnavailable', 'observedGeneration'],
  Job: ['active', 'succeeded', 'failed', 'completedIndexes'],
} as const satisfies {
  Deployment: Counters<DeploymentStatus>;
  ReplicaSet: Counters<ReplicaSetStatus>;
  ReplicationController: Counters<ReplicationControllerStatus>;
  StatefulSet: Counters<StatefulSetStatus>;
  DaemonSet: Counters<DaemonSetStatus>;
  Job: Counters<JobStatus>;
};
