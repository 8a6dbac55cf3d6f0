import { semanticEqual } from '../../api/deep-equal.ts';
import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.ts';
import type { Pod, PodTemplateSpec } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { isControlledBy, ownerReference } from '../../client/owner.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { findCondition, withCondition } from '../lib/conditions.ts';
import { templateHash } from '../lib/hash.ts';
import { byCreation, nameOf, namespaceOf, type WithSpec } from '../lib/objects.ts';
import { isNamespaceTerminating } from '../lib/pod-control.ts';
import { annotationsFor, byRevision, revisionAnnotation, revisionOf, sizeAnnotations } from './annotations.ts';
import { progressDeadline } from './progress.ts';
import { maxSurge, newSetReplicas, type Resize, replicasOf } from './sizes.ts';
import { condition } from './status.ts';

export const hashLabel = 'pod-template-hash';

/** One look at one Deployment. `deployment` is a private copy that follows what is written; `sets` are its ReplicaSets. */
export interface Rollout {
  readonly client: Client;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  deployment: WithSpec<Deployment>;
  sets: readonly ReplicaSet[];
  /** Pods by the UID of their set; asked for only where a strategy needs them. */
  podsOf(set: ReplicaSet): Pod[];
}

export interface Revisions {
  newSet: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
}

const withoutHash = (template: PodTemplateSpec | undefined): PodTemplateSpec => {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
};
/** Whether two pod templates differ in nothing but the hash label. */
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  semanticEqual(withoutHash(a), withoutHash(b));

/** The set of the Deployment's present template: the oldest, should there be several. */
export const findNewSet = (deployment: WithSpec<Deployment>, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  [...sets].sort(byCreation).find((set) => sameTemplate(set.spec?.template, deployment.spec.template));

/** Writes the copy's status (and annotations, which upstream's status strategy lets through) and takes over the answer. */
export async function writeStatus(rollout: Rollout): Promise<void> {
  const written = await rollout.client.updateStatus<Deployment>(kinds.Deployment, rollout.deployment);
  rollout.deployment = structuredClone(written) as WithSpec<Deployment>;
}

export function setCondition(deployment: Deployment, next: DeploymentCondition): void {
  const status: DeploymentStatus = deployment.status ?? {};
  deployment.status = { ...status, conditions: withCondition(status.conditions, next) };
}

/** Tells new from old sets, brings the new one's annotations up to date, and makes it where `create` says so. */
export async function syncRevisions(rollout: Rollout, create: boolean): Promise<Revisions> {
  const existing = findNewSet(rollout.deployment, rollout.sets);
  const old = rollout.sets.filter((set) => set !== existing);
  const newest = [...old].sort(byRevision).at(-1);
  const revision = (newest === undefined ? 0n : revisionOf(newest)) + 1n;
  if (existing !== undefined) return { newSet: await refreshNewSet(rollout, existing, revision), old };
  return { newSet: create ? await createNewSet(rollout, old, revision) : undefined, old };
}

async function refreshNewSet(rollout: Rollout, existing: ReplicaSet, revision: bigint): Promise<ReplicaSet> {
  const { client, clock, deployment } = rollout;
  const annotations = annotationsFor(deployment, existing, revision);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (!semanticEqual(annotations, existing.metadata.annotations) || minReadySeconds !== (existing.spec?.minReadySeconds ?? 0)) {
    const copy = structuredClone(existing) as WithSpec<ReplicaSet>;
    copy.metadata.annotations = annotations;
    copy.spec.minReadySeconds = minReadySeconds;
    return client.update<ReplicaSet>(kinds.ReplicaSet, copy);
  }
  let changed = setRevision(deployment, existing.metadata.annotations?.[revisionAnnotation] ?? '');
  if (progressDeadline(deployment) !== undefined && findCondition(deployment.status?.conditions, 'Progressing') === undefined) {
    const message = `Found new replica set "${nameOf(existing)}"`;
    setCondition(deployment, condition('Progressing', 'True', 'FoundNewReplicaSet', message, timestamp(clock)));
    changed = true;
  }
  if (changed) await writeStatus(rollout);
  return existing;
}

function setRevision(deployment: Deployment, revision: string): boolean {
  if (deployment.metadata.annotations?.[revisionAnnotation] === revision) return false;
  deployment.metadata.annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: revision };
  return true;
}

/** The ReplicaSet of the present template at `revision`, named after the template's hash. */
export function replicaSetFor(deployment: WithSpec<Deployment>, old: readonly ReplicaSet[], revision: bigint): WithSpec<ReplicaSet> {
  const template = structuredClone(deployment.spec.template);
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const { selector } = deployment.spec;
  const set: WithSpec<ReplicaSet> = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      ownerReferences: [ownerReference(kinds.Deployment, deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: deployment.spec.minReadySeconds ?? 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  set.spec.replicas = newSetReplicas(deployment, [...old, set], set);
  set.metadata.annotations = {
    ...annotationsFor(deployment, undefined, revision),
    ...sizeAnnotations(replicasOf(deployment), replicasOf(deployment) + maxSurge(deployment)),
  };
  return set;
}

async function createNewSet(rollout: Rollout, old: readonly ReplicaSet[], revision: bigint): Promise<ReplicaSet> {
  const { client, clock, recorder } = rollout;
  const wanted = replicaSetFor(rollout.deployment, old, revision);
  const name = nameOf(wanted);
  let set: ReplicaSet;
  let existed = false;
  try {
    set = await client.create<ReplicaSet>(kinds.ReplicaSet, wanted);
  } catch (error) {
    const taken = isAlreadyExists(error) ? await client.get(kinds.ReplicaSet, name, namespaceOf(wanted)) : undefined;
    if (
      taken !== undefined &&
      isControlledBy(taken, rollout.deployment) &&
      sameTemplate(taken.spec?.template, rollout.deployment.spec.template)
    ) {
      set = taken;
      existed = true;
    } else if (taken !== undefined) {
      // The hash met another template: count it, which salts the next hash, and start again.
      rollout.deployment.status = { ...rollout.deployment.status, collisionCount: (rollout.deployment.status?.collisionCount ?? 0) + 1 };
      await writeStatus(rollout);
      throw error;
    } else {
      if (!isNamespaceTerminating(error)) await reportFailure(rollout, name, error);
      throw error;
    }
  }
  const { deployment } = rollout;
  if (!existed && replicasOf(set) > 0)
    recorder.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicasOf(set)}`);
  let changed = setRevision(deployment, set.metadata.annotations?.[revisionAnnotation] ?? String(revision));
  if (!existed && progressDeadline(deployment) !== undefined) {
    setCondition(
      deployment,
      condition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, timestamp(clock)),
    );
    changed = true;
  }
  if (changed) await writeStatus(rollout);
  return set;
}

async function reportFailure(rollout: Rollout, name: string, error: unknown): Promise<void> {
  const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
  if (progressDeadline(rollout.deployment) !== undefined) {
    setCondition(rollout.deployment, condition('Progressing', 'False', 'ReplicaSetCreateError', message, timestamp(rollout.clock)));
    // The create's own error is the one to report, even when this write meets a conflict.
    await writeStatus(rollout).catch(() => undefined);
  }
  rollout.recorder.event(rollout.deployment, 'Warning', 'ReplicaSetCreateError', message);
}

/** Sets a ReplicaSet's size (and the sizes that its annotations remember); says so in an event when the size changes. */
export async function scaleSet(rollout: Rollout, { set, replicas }: Resize): Promise<ReplicaSet> {
  const { client, deployment, recorder } = rollout;
  const sizes = sizeAnnotations(replicasOf(deployment), replicasOf(deployment) + maxSurge(deployment));
  const annotated = Object.entries(sizes).every(([key, value]) => set.metadata.annotations?.[key] === value);
  if (replicasOf(set) === replicas && annotated) return set;
  const copy = structuredClone(set) as WithSpec<ReplicaSet>;
  copy.spec.replicas = replicas;
  copy.metadata.annotations = { ...copy.metadata.annotations, ...sizes };
  const written = await client.update<ReplicaSet>(kinds.ReplicaSet, copy);
  const direction = replicasOf(set) < replicas ? 'up' : 'down';
  if (replicasOf(set) !== replicas) {
    const message = `Scaled ${direction} replica set ${nameOf(set)} from ${replicasOf(set)} to ${replicas}`;
    recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }
  return written;
}

/** Scales several sets; those of unchanged size are left alone. Answers whether any changed. */
export async function resize(rollout: Rollout, changes: readonly Resize[]): Promise<boolean> {
  const real = changes.filter(({ set, replicas }) => replicasOf(set) !== replicas);
  for (const change of real) await scaleSet(rollout, change);
  return real.length > 0;
}
