import type { Job } from '../../api/types/batch-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { isDeleting, uidOf, type WithSpec } from '../lib/objects.ts';
import { isActive, isReady, isTerminating, phaseOf } from '../lib/pods.ts';
import { type FailureVerdict, judgeFailure } from './failure-policy.ts';
import { completionIndexOf, parseIndexes } from './indexes.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
export const ignoredFailureCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';
/** Terminating pods are replaced only once they have failed. */
export const replacesOnlyFailed = (job: Job): boolean =>
  job.spec?.podReplacementPolicy === 'Failed' || (job.spec?.podReplacementPolicy === undefined && job.spec?.podFailurePolicy !== undefined);

/** What the pods of a Job amount to together with what its status already counts. */
export interface Tally {
  active: Pod[];
  ready: number;
  terminating: number;
  /** Finished, still carrying the tracking finalizer, and in no count of the status. */
  newSucceeded: Pod[];
  newFailed: Pod[];
  /**
   * With `backoffLimitPerIndex`, by index: the last failed pod, until another has its place. It is kept from going, because the
   * next one takes over what it says of earlier failures.
   */
  awaitingSuccessor: Map<number, Pod>;
  /** Failed, but the failure policy says not to count them. */
  ignored: Pod[];
  /** Pods whose finalizer can go once the status says that they were counted. */
  uncounted: Pod[];
  succeeded: number;
  failed: number;
  /** Indexed Jobs only. */
  succeededIndexes: Set<number>;
  failedIndexes: Set<number>;
  /** Set by the failure policy's FailJob. */
  failJob: string | undefined;
}

/** `released` are pods whose finalizer is gone although the informer may still show it. */
export function tally(job: WithSpec<Job>, pods: readonly Pod[], released: ReadonlySet<string>): Tally {
  const completions = job.spec.completions ?? 0;
  const counted = new Set([
    ...(job.status?.uncountedTerminatedPods?.succeeded ?? []),
    ...(job.status?.uncountedTerminatedPods?.failed ?? []),
  ]);
  const tracked = pods.filter((pod) => pod.metadata.finalizers?.includes(trackingFinalizer) === true && !released.has(uidOf(pod)));
  const isFailed = (pod: Pod): boolean =>
    phaseOf(pod) === 'Failed' || (!replacesOnlyFailed(job) && isDeleting(pod) && phaseOf(pod) !== 'Succeeded');
  const result: Tally = {
    active: pods.filter(isActive),
    ready: pods.filter((pod) => isActive(pod) && isReady(pod)).length,
    terminating: pods.filter(isTerminating).length,
    newSucceeded: [],
    newFailed: [],
    awaitingSuccessor: new Map(),
    ignored: [],
    uncounted: tracked.filter((pod) => counted.has(uidOf(pod))),
    succeeded: 0,
    failed: 0,
    succeededIndexes: isIndexed(job) ? parseIndexes(job.status?.completedIndexes, completions) : new Set(),
    failedIndexes: isIndexed(job) ? parseIndexes(job.status?.failedIndexes, completions) : new Set(),
    failJob: undefined,
  };
  for (const pod of tracked) {
    if (counted.has(uidOf(pod))) continue;
    if (phaseOf(pod) === 'Succeeded') addSucceeded(job, result, pod);
    else if (isFailed(pod)) addFailed(job, result, pod);
  }
  if (isIndexed(job) && job.spec.backoffLimitPerIndex !== undefined) {
    const active = new Set(result.active.map(completionIndexOf));
    for (const pod of [...result.newFailed, ...result.ignored]) {
      const index = completionIndexOf(pod);
      if (index === undefined || index >= completions || active.has(index)) continue;
      if (result.succeededIndexes.has(index) || result.failedIndexes.has(index)) continue;
      const last = result.awaitingSuccessor.get(index);
      if (last === undefined || allFailures(last) <= allFailures(pod)) result.awaitingSuccessor.set(index, pod);
    }
  }
  const { uncountedTerminatedPods, succeeded = 0, failed = 0 } = job.status ?? {};
  result.succeeded = isIndexed(job)
    ? result.succeededIndexes.size
    : succeeded + (uncountedTerminatedPods?.succeeded?.length ?? 0) + result.newSucceeded.length;
  result.failed = failed + (uncountedTerminatedPods?.failed?.length ?? 0) + result.newFailed.length;
  return result;
}

function addSucceeded(job: WithSpec<Job>, result: Tally, pod: Pod): void {
  result.newSucceeded.push(pod);
  const index = completionIndexOf(pod);
  if (isIndexed(job) && index !== undefined && index < (job.spec.completions ?? 0)) result.succeededIndexes.add(index);
}

function addFailed(job: WithSpec<Job>, result: Tally, pod: Pod): void {
  // The policy looks at how a pod ended, which a pod that is still stopping cannot tell.
  const verdict: FailureVerdict = phaseOf(pod) === 'Failed' ? judgeFailure(job, pod) : { action: 'Count' };
  if (verdict.action === 'Ignore') result.ignored.push(pod);
  else result.newFailed.push(pod);
  if (verdict.action === 'FailJob') result.failJob ??= verdict.message;
  const index = completionIndexOf(pod);
  const perIndex = job.spec.backoffLimitPerIndex;
  if (perIndex === undefined || index === undefined || result.succeededIndexes.has(index)) return;
  if (verdict.action === 'FailIndex' || (verdict.action !== 'Ignore' && failureCount(pod) + 1 > perIndex)) result.failedIndexes.add(index);
}

/** Earlier counted failures of a pod's index. */
export const failureCount = (pod: Pod): number => Number(pod.metadata.annotations?.[failureCountAnnotation] ?? 0);
export const ignoredFailureCount = (pod: Pod): number => Number(pod.metadata.annotations?.[ignoredFailureCountAnnotation] ?? 0);

const allFailures = (pod: Pod): number => failureCount(pod) + ignoredFailureCount(pod);

/** Indexes that have an active pod (or, where only failed pods are replaced, one that is still stopping). */
export const occupiedIndexes = (job: Job, pods: readonly Pod[]): Set<number> =>
  new Set(
    pods.filter((pod) => isActive(pod) || (replacesOnlyFailed(job) && isTerminating(pod))).flatMap((pod) => completionIndexOf(pod) ?? []),
  );
