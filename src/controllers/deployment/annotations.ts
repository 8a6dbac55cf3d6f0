import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';

/** Annotations that tie a Deployment to its ReplicaSets (`deployment.kubernetes.io/…`). */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
export const rollbackAnnotation = 'deprecated.deployment.rollback.to';

const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  rollbackAnnotation,
]);
const maxHistoryLength = 2000;

const integer = (text: string | undefined): number | undefined => (text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined);
/** Revisions are 64 bits wide, and a set that is adopted may bring any of them. */
const revisionFrom = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;

/** The revision that a Deployment or ReplicaSet says it is, 0 where it says none. */
export const revisionOf = (object: ReplicaSet | Deployment): bigint =>
  revisionFrom(object.metadata.annotations?.[revisionAnnotation]) ?? 0n;
/** Lowest revision first. */
export const byRevision = (a: ReplicaSet, b: ReplicaSet): number =>
  Number(revisionOf(a) > revisionOf(b)) - Number(revisionOf(a) < revisionOf(b));
export const desiredReplicasOf = (set: ReplicaSet): number | undefined => integer(set.metadata.annotations?.[desiredReplicasAnnotation]);
export const maxReplicasOf = (set: ReplicaSet): number | undefined => integer(set.metadata.annotations?.[maxReplicasAnnotation]);

export const sizeAnnotations = (desired: number, max: number): Record<string, string> => ({
  [desiredReplicasAnnotation]: String(desired),
  [maxReplicasAnnotation]: String(max),
});

/** What a ReplicaSet's annotations are to be at `revision`: the Deployment's own, the revision and the ones it had before. */
export function annotationsFor(deployment: Deployment, existing: ReplicaSet | undefined, revision: bigint): Record<string, string> {
  const own = existing?.metadata.annotations ?? {};
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key));
  const next: Record<string, string> = { ...own, ...Object.fromEntries(copied) };
  const before = own[revisionAnnotation];
  if (before !== undefined && revisionFrom(before) === undefined) return next;
  if ((revisionFrom(before) ?? 0n) >= revision) return next;
  next[revisionAnnotation] = String(revision);
  if (before !== undefined) next[revisionHistoryAnnotation] = appendHistory(own[revisionHistoryAnnotation], before);
  return next;
}

function appendHistory(history: string | undefined, revision: string): string {
  const revisions = history === undefined || history === '' ? [] : history.split(',');
  revisions.push(revision);
  while (revisions.length > 1 && revisions.join(',').length > maxHistoryLength) revisions.shift();
  return revisions.join(',');
}
