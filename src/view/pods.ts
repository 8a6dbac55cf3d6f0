import { podSummary } from '../api/columns/pod.ts';
import type { ReplicaSet } from '../api/types/apps-v1.ts';
import type { Pod } from '../api/types/core-v1.ts';
import { controllerOf } from '../client/owner.ts';
import type { PodPicture, PodTone } from './picture.ts';
import { time } from './time.ts';

/** What is waiting that will not go away by waiting. */
const failures =
  /^(Init:)?(CrashLoopBackOff|Error|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|Create\w*Error|RunContainerError|OOMKilled|Evicted|Failed|DeadlineExceeded|NodeLost|Unknown|OutOf\w*|UnexpectedAdmissionError|ContainerStatusUnknown|ExitCode:\d+|Signal:\d+)$/;

function toneOf(pod: Pod, status: string): PodTone {
  if (pod.metadata.deletionTimestamp !== undefined) return 'ending';
  if (status === 'Completed' || pod.status?.phase === 'Succeeded') return 'done';
  if (failures.test(status) || pod.status?.phase === 'Failed') return 'failing';
  if (pod.status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true) return 'running';
  return (pod.spec?.nodeName ?? '') === '' ? 'pending' : 'starting';
}

/** The words that say most about why a pod is not running: the scheduler's, else those of the first container that waits. */
function messageOf(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return scheduled.message ?? scheduled.reason;
  for (const { state } of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    if (state?.waiting?.message !== undefined) return state.waiting.message;
    if (state?.terminated?.message !== undefined && state.terminated.exitCode !== 0) return state.terminated.message;
  }
  return pod.status?.message;
}

/** A ReplicaSet of a Deployment is an inner part of it; people think of the Deployment. */
function workloadOf(pod: Pod, replicaSet: (key: string) => ReplicaSet | undefined): PodPicture['workload'] {
  const owner = controllerOf(pod);
  if (owner === undefined) return undefined;
  const above = owner.kind === 'ReplicaSet' ? replicaSet(`${pod.metadata.namespace}/${owner.name}`) : undefined;
  const top = (above === undefined ? undefined : controllerOf(above)) ?? owner;
  return { kind: top.kind, name: top.name };
}

export function podPicture(pod: Pod, replicaSet: (key: string) => ReplicaSet | undefined): PodPicture {
  const { reason, ready, restarts } = podSummary(pod);
  const { metadata, spec, status } = pod;
  const workload = workloadOf(pod, replicaSet);
  const revision = metadata.labels?.['pod-template-hash'] ?? metadata.labels?.['controller-revision-hash'];
  const deletionAt = metadata.deletionTimestamp;
  const tone = toneOf(pod, reason);
  const message = tone === 'running' || tone === 'done' ? undefined : messageOf(pod);
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    ...((spec?.nodeName ?? '') === '' ? {} : { node: spec?.nodeName ?? '' }),
    status: reason,
    tone,
    ready,
    containers: (spec?.containers ?? []).map(({ name }) => name),
    restarts,
    ...(workload === undefined ? {} : { workload }),
    ...(revision === undefined ? {} : { revision }),
    ...(status?.podIP === undefined ? {} : { ip: status.podIP }),
    createdAt: time(metadata.creationTimestamp),
    ...(deletionAt === undefined ? {} : { deletionAt: time(deletionAt) }),
    ...(message === undefined ? {} : { message }),
  };
}
