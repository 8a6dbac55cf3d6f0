import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../api/types/apps-v1.ts';
import type { Job } from '../api/types/batch-v1.ts';
import type { PodTemplateSpec } from '../api/types/core-v1.ts';
import { controllerOf } from '../client/owner.ts';
import type { PodPicture, RevisionPicture, RolloutState, WorkloadPicture } from './picture.ts';
import { time } from './time.ts';

type Workload = Deployment | ReplicaSet | StatefulSet | DaemonSet | Job;
type Facts = Pick<WorkloadPicture, 'desired' | 'ready' | 'updated' | 'state' | 'revisions'> & { message?: string };

const imagesOf = (template: PodTemplateSpec | undefined): string[] => [
  ...new Set((template?.spec?.containers ?? []).map(({ image }) => image ?? '')),
];

function picture(kind: string, { metadata, spec }: Workload, facts: Facts): WorkloadPicture {
  return {
    uid: metadata.uid ?? '',
    kind,
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    images: imagesOf(spec?.template),
    createdAt: time(metadata.creationTimestamp),
    ...facts,
  };
}

const isObserved = ({ metadata, status }: { metadata: { generation?: number }; status?: { observedGeneration?: number } }): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

const revisionNumber = ({ metadata }: ReplicaSet): number => Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);

/** `sets` are the Deployment's own ReplicaSets. The rules of `kubectl rollout status` (kubectl pkg/polymorphichelpers). */
export function deploymentPicture(deployment: Deployment, sets: readonly ReplicaSet[]): WorkloadPicture {
  const { spec, status } = deployment;
  const desired = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  const newest = Math.max(0, ...sets.map(revisionNumber));
  const revisions = sets
    .map((set) => ({
      hash: set.metadata.labels?.['pod-template-hash'] ?? '',
      number: revisionNumber(set),
      current: revisionNumber(set) === newest,
      pods: set.status?.replicas ?? 0,
      ready: set.status?.readyReplicas ?? 0,
    }))
    .filter(({ current, pods }) => current || pods > 0)
    .sort((a, b) => b.number - a.number);
  const condition = status?.conditions?.find(({ type }) => type === 'Progressing');
  const failure = status?.conditions?.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  const complete =
    isObserved(deployment) && updated >= desired && (status?.replicas ?? 0) <= updated && (status?.availableReplicas ?? 0) >= updated;
  let state: RolloutState = complete ? 'complete' : 'progressing';
  if (!complete && condition?.reason === 'ProgressDeadlineExceeded') state = 'stuck';
  else if (!complete && spec?.paused === true) state = 'paused';
  const message = state === 'complete' ? undefined : (failure?.message ?? (state === 'stuck' ? condition?.message : undefined));
  const ready = status?.readyReplicas ?? 0;
  return picture('Deployment', deployment, { desired, ready, updated, state, revisions, ...(message === undefined ? {} : { message }) });
}

/** Of those that no Deployment owns. */
export function replicaSetPicture(set: ReplicaSet): WorkloadPicture {
  const desired = set.spec?.replicas ?? 1;
  const ready = set.status?.readyReplicas ?? 0;
  const updated = set.status?.replicas ?? 0;
  const state = isObserved(set) && ready >= desired && updated === desired ? 'complete' : 'progressing';
  return picture('ReplicaSet', set, { desired, ready, updated, state, revisions: [] });
}

export function statefulSetPicture(set: StatefulSet, pods: readonly PodPicture[]): WorkloadPicture {
  const { spec, status } = set;
  const desired = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const current = status?.updateRevision ?? '';
  const revisions = revisionsOf(pods, current);
  const updated = status?.updatedReplicas ?? 0;
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const whole = isObserved(set) && ready >= desired && (status?.replicas ?? 0) === desired && updated >= desired - partition;
  return picture('StatefulSet', set, { desired, ready, updated, state: whole ? 'complete' : 'progressing', revisions });
}

export function daemonSetPicture(set: DaemonSet, pods: readonly PodPicture[]): WorkloadPicture {
  const { status } = set;
  const desired = status?.desiredNumberScheduled ?? 0;
  const ready = status?.numberReady ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  // A DaemonSet's status names no revision: where it is whole all pods have one, else the one of the youngest pod is new.
  const youngest = pods.toSorted((a, b) => b.createdAt - a.createdAt)[0]?.revision ?? '';
  const whole = isObserved(set) && updated >= desired && (status?.numberAvailable ?? 0) >= desired;
  return picture('DaemonSet', set, {
    desired,
    ready,
    updated,
    state: whole ? 'complete' : 'progressing',
    revisions: revisionsOf(pods, youngest),
  });
}

export function jobPicture(job: Job): WorkloadPicture {
  const { spec, status } = job;
  const failed = status?.conditions?.find(({ type, status: is }) => type === 'Failed' && is === 'True');
  const complete = status?.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True') === true;
  const desired = spec?.completions ?? spec?.parallelism ?? 1;
  const state: RolloutState = failed !== undefined ? 'failed' : complete ? 'complete' : spec?.suspend === true ? 'paused' : 'progressing';
  const message = failed?.message;
  const done = status?.succeeded ?? 0;
  return picture('Job', job, { desired, ready: done, updated: done, state, revisions: [], ...(message === undefined ? {} : { message }) });
}

function revisionsOf(pods: readonly PodPicture[], current: string): RevisionPicture[] {
  const byHash = new Map<string, RevisionPicture>();
  for (const { revision = '', tone } of pods) {
    const known = byHash.get(revision) ?? { hash: revision, current: isCurrent(revision, current), pods: 0, ready: 0 };
    byHash.set(revision, { ...known, pods: known.pods + 1, ready: known.ready + (tone === 'running' ? 1 : 0) });
  }
  return [...byHash.values()].sort((a, b) => Number(b.current) - Number(a.current));
}

/** A StatefulSet's status names the ControllerRevision whole, its pods' label too; a DaemonSet's pods bear the hash alone. */
const isCurrent = (revision: string, current: string): boolean =>
  revision === current || (revision !== '' && current.endsWith(`-${revision}`));

/** Whether a Deployment or another part that is shown itself stands above the ReplicaSet or Job. */
export const isInnerPart = (object: ReplicaSet): boolean => controllerOf(object)?.kind === 'Deployment';
