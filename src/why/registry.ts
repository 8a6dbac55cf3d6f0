import { kinds } from '../api/scheme.ts';
import { type Diagnosis, diagnosis } from './diagnosis.ts';
import type { Finding, ObjectRef } from './finding.ts';
import { namespaceTerminating } from './infrastructure/namespace.ts';
import { nodeState, nodeWell } from './infrastructure/node.ts';
import { podPlacement } from './pod/placement.ts';
import { podTroubles } from './pod/pod.ts';
import { ingressBackends } from './service/ingress.ts';
import { serviceEndpoints, serviceWell } from './service/service.ts';
import { claimUnbound } from './storage/claim.ts';
import { autoscaler } from './workload/autoscaler.ts';
import { daemonSetPods, daemonSetWell } from './workload/daemonset.ts';
import { deploymentRollout, deploymentWell } from './workload/deployment.ts';
import { cronJobRuns, cronJobWell, jobOutcome, jobWell } from './workload/job.ts';
import { replicaSetPods } from './workload/replicaset.ts';
import { statefulSetOrdinal } from './workload/statefulset.ts';

/**
 * Every kind of trouble, one row each (those of pods are listed in pod/pod.ts). A new one is a file, a row here, and its codes in
 * codes.ts and docs/why.md.
 */
export const diagnoses = {
  node: diagnosis(kinds.Node, nodeState),
  namespace: diagnosis(kinds.Namespace, namespaceTerminating),
  claim: diagnosis(kinds.PersistentVolumeClaim, claimUnbound),
  deployment: diagnosis(kinds.Deployment, deploymentRollout),
  statefulSet: diagnosis(kinds.StatefulSet, statefulSetOrdinal),
  daemonSet: diagnosis(kinds.DaemonSet, daemonSetPods),
  replicaSet: diagnosis(kinds.ReplicaSet, replicaSetPods),
  cronJob: diagnosis(kinds.CronJob, cronJobRuns),
  job: diagnosis(kinds.Job, jobOutcome),
  pod: diagnosis(kinds.Pod, podTroubles),
  service: diagnosis(kinds.Service, serviceEndpoints),
  ingress: diagnosis(kinds.Ingress, ingressBackends),
  autoscaler: diagnosis(kinds.HorizontalPodAutoscaler, autoscaler),
} as const satisfies Record<string, Diagnosis>;

/** What to say of an object with which nothing is wrong, by kind. */
export const wellness: Partial<Record<string, Diagnosis>> = {
  Node: diagnosis(kinds.Node, nodeWell),
  Pod: diagnosis(kinds.Pod, podPlacement),
  Deployment: diagnosis(kinds.Deployment, deploymentWell),
  DaemonSet: diagnosis(kinds.DaemonSet, daemonSetWell),
  Job: diagnosis(kinds.Job, jobWell),
  CronJob: diagnosis(kinds.CronJob, cronJobWell),
  Service: diagnosis(kinds.Service, serviceWell),
};

/** Of kinds that nothing can be wrong with that is known here. */
export const unexamined = (object: ObjectRef): Finding => ({
  object,
  code: 'HEALTHY',
  severity: 'info',
  message: `Nothing is wrong with ${object.kind} ${object.name}.`,
  evidence: [],
  fix: [],
});
