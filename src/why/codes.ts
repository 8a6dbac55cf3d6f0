/** Everything that `shoal why` can find, as one closed table; docs/why.md lists it and a test holds the two together. */
export const findingCodes = {
  // where a pod can go
  UNSCHEDULABLE: 'No node can take the pod; each node is listed with what keeps it out.',
  NO_NODES: 'The cluster has no nodes.',
  NOT_SCHEDULED_YET: 'Nothing keeps the pod out as the cluster is now; the scheduler has not come to it, or tries again soon.',
  NO_SUCH_SCHEDULER: 'The pod names a scheduler that is not Shoal’s, and nothing has placed it.',
  SCHEDULING_GATED: 'The pod has scheduling gates and is held until they are lifted.',
  PREEMPTING: 'Pods of lower priority are being evicted to make room for the pod.',
  PLACED: 'Why the scheduler chose the node.',
  // pods on a node
  IMAGE_PULL: 'A container image cannot be had.',
  CRASH_LOOP: 'A container ends again and again, or has ended with a failure.',
  OUT_OF_MEMORY: 'A container was killed at its memory limit.',
  PROBE_FAILING: 'A probe fails, so that the container is restarted or not ready.',
  CONFIG_MISSING: 'A ConfigMap or Secret (or a key in it) that a container needs is not there.',
  CONTAINER_FAILED: 'A container cannot be started.',
  INIT_STUCK: 'An init container has not ended, and the others wait for it.',
  VOLUME_NOT_MOUNTED: 'A volume cannot be set up on the node.',
  POD_STARTING: 'The pod is on its way: images, volumes and containers are being made.',
  POD_NOT_READY: 'The containers run, and the pod is not ready.',
  POD_FAILED: 'The pod has ended in failure, was evicted, or was refused by its node.',
  NODE_LOST: 'The node that the pod is on does not answer.',
  // anything
  STUCK_TERMINATING: 'The object is being deleted, and something holds it: a finalizer, or what it still contains.',
  // workloads
  PODS_REFUSED: 'The controller may not create pods: a quota, a LimitRange, Pod Security or another admission refuses them.',
  ROLLOUT_STUCK: 'The rollout does not progress; the reason of its pods follows.',
  ROLLOUT_RUNNING: 'The rollout is under way.',
  PAUSED: 'The rollout is paused.',
  ORDINAL_STUCK: 'The pods of a StatefulSet come in order, and one of them is not ready.',
  DAEMON_MISSING: 'A DaemonSet has no ready pod on some of its nodes.',
  JOB_SUSPENDED: 'The Job or CronJob is suspended.',
  JOB_FAILED: 'The Job has given up: backoff limit or deadline.',
  JOB_RUNNING: 'The Job has not completed.',
  CRON_NOT_DUE: 'The CronJob has not run, or holds a run back.',
  AUTOSCALER_IDLE: 'Nothing acts on HorizontalPodAutoscalers in this cluster.',
  // network
  NO_ENDPOINTS: 'The Service selects no pod.',
  ENDPOINTS_NOT_READY: 'The pods that the Service selects are not ready.',
  TARGET_PORT: 'The Service’s target port names a port that the pods do not have.',
  NO_SELECTOR: 'The Service has no selector, and nobody has made endpoints for it.',
  EXTERNAL_NAME: 'The Service is a DNS alias and has no endpoints of its own.',
  INGRESS_BACKEND: 'An Ingress rule points at a Service or port that is not there, or that has no endpoints.',
  // storage
  CLAIM_MISSING: 'A PersistentVolumeClaim that the pod names does not exist.',
  CLAIM_PENDING: 'A PersistentVolumeClaim is not bound.',
  CLAIM_WAITS: 'A PersistentVolumeClaim waits for its first consumer, as its StorageClass says.',
  CLAIM_LOST: 'The volume that a claim is bound to is gone.',
  // cluster
  NODE_NOT_READY: 'A node is not ready, or does not answer.',
  NODE_PRESSURE: 'A node is short of memory, disk or process ids.',
  NODE_CORDONED: 'A node takes no new pods.',
  NAMESPACE_TERMINATING: 'A namespace is being deleted, and something in it stays.',
  HEALTHY: 'Nothing is wrong.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof findingCodes;
