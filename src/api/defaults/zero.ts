import type { DaemonSetStatus, DeploymentStatus, ReplicaSetStatus, StatefulSetStatus } from '../types/apps-v1.ts';
import type { JobStatus } from '../types/batch-v1.ts';
import type { Container, EphemeralContainer, PodSpec, ReplicationControllerStatus } from '../types/core-v1.ts';

/**
 * Drops fields that hold Go's zero value and that upstream writes with `omitempty` on a plain (not pointer) field: an
 * explicit `false`, `0` or `""` there reads back as absent. Without this, an object written by one client and returned
 * by a Go client would seem changed.
 */
export function omitZero<T extends object>(object: T | undefined, ...fields: (keyof T)[]): void {
  if (object === undefined) return;
  for (const field of fields) {
    const value = object[field];
    if (value === false || value === 0 || value === '' || value === null) delete object[field];
  }
}

export function omitPodSpecZeros(spec: PodSpec): void {
  omitZero(spec, 'hostNetwork', 'hostPID', 'hostIPC', 'nodeName', 'hostname', 'subdomain', 'priorityClassName');
  for (const volume of spec.volumes ?? []) {
    omitZero(volume.persistentVolumeClaim, 'readOnly');
    omitZero(volume.nfs, 'readOnly');
    omitZero(volume.iscsi, 'readOnly');
    omitZero(volume.emptyDir, 'medium');
    omitZero(volume.gitRepo, 'directory', 'revision');
  }
  for (const toleration of spec.tolerations ?? []) omitZero(toleration, 'key', 'operator', 'value', 'effect');
}

export function omitContainerZeros(container: Container | EphemeralContainer): void {
  omitZero(container, 'stdin', 'stdinOnce', 'tty', 'workingDir', 'image');
  for (const variable of container.env ?? []) omitZero(variable, 'value');
  for (const source of container.envFrom ?? []) omitZero(source, 'prefix');
  for (const port of container.ports ?? []) omitZero(port, 'hostPort', 'hostIP', 'name');
  for (const mount of container.volumeMounts ?? []) omitZero(mount, 'readOnly', 'subPath', 'subPathExpr');
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    omitZero(probe, 'initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold');
    omitZero(probe?.httpGet, 'host', 'path');
    omitZero(probe?.tcpSocket, 'host');
  }
  omitZero(container.lifecycle?.postStart?.httpGet, 'host', 'path');
  omitZero(container.lifecycle?.preStop?.httpGet, 'host', 'path');
}

type Counters<S> = readonly (keyof S & string)[];
const replicaCounters = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'] as const;

/** What of a workload's status reads back as absent at 0. Controllers leave the same out of what they compare and write. */
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
