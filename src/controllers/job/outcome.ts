import type { Job, JobCondition } from '../../api/types/batch-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { findCondition, isTrue } from '../lib/conditions.ts';
import { timeOf, type WithSpec } from '../lib/objects.ts';
import { restartsExceedLimit } from './backoff.ts';
import { parseIndexes } from './indexes.ts';
import { isIndexed, type Tally } from './tally.ts';

export const isFinished = (job: Job): boolean => isTrue(job.status?.conditions, 'Complete') || isTrue(job.status?.conditions, 'Failed');

/** What a Job has come to; its pods are stopped first, and the final condition follows when all have. */
export interface Outcome {
  interim: 'SuccessCriteriaMet' | 'FailureTarget';
  final: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

const failure = (reason: string, message: string): Outcome => ({ interim: 'FailureTarget', final: 'Failed', reason, message });
const success = (reason: string, message: string): Outcome => ({ interim: 'SuccessCriteriaMet', final: 'Complete', reason, message });

/** The outcome that the status already announces. */
function announced(conditions: JobCondition[] | undefined): Outcome | undefined {
  const failed = findCondition(conditions, 'FailureTarget');
  if (failed?.status === 'True') return failure(failed.reason ?? '', failed.message ?? '');
  const met = findCondition(conditions, 'SuccessCriteriaMet');
  return met?.status === 'True' ? success(met.reason ?? '', met.message ?? '') : undefined;
}

/** Milliseconds left of `activeDeadlineSeconds`; undefined where there is no deadline running. */
export function deadlineLeft(job: WithSpec<Job>, now: number): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  if (activeDeadlineSeconds === undefined || suspend === true || job.status?.startTime === undefined) return undefined;
  return timeOf(job.status.startTime) + activeDeadlineSeconds * 1000 - now;
}

/** Whether and how the Job has ended, in upstream's order of precedence. */
export function outcomeOf(job: WithSpec<Job>, counts: Tally, pods: readonly Pod[], now: number): Outcome | undefined {
  return announced(job.status?.conditions) ?? failureOf(job, counts, pods, now) ?? successOf(job, counts);
}

function failureOf(job: WithSpec<Job>, counts: Tally, pods: readonly Pod[], now: number): Outcome | undefined {
  const { backoffLimit = 6, backoffLimitPerIndex, maxFailedIndexes, completions = 0 } = job.spec;
  if (counts.failJob !== undefined) return failure('PodFailurePolicy', counts.failJob);
  if (counts.failed > backoffLimit || restartsExceedLimit(job, pods)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const left = deadlineLeft(job, now);
  if (left !== undefined && left <= 0) return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (!isIndexed(job) || backoffLimitPerIndex === undefined || counts.failedIndexes.size === 0) return undefined;
  if (maxFailedIndexes !== undefined && counts.failedIndexes.size > maxFailedIndexes) {
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  }
  const all = counts.failedIndexes.size + counts.succeededIndexes.size >= completions;
  return all ? failure('FailedIndexes', 'Job has failed indexes') : undefined;
}

function successOf(job: WithSpec<Job>, counts: Tally): Outcome | undefined {
  const rule = matchedSuccessRule(job, counts.succeededIndexes);
  if (rule !== undefined) return success('SuccessPolicy', `Matched rules at index ${rule}`);
  const { completions, suspend } = job.spec;
  // Without completions, any success means that the work is done once the other workers have ended.
  const enough = completions === undefined ? counts.succeeded > 0 : counts.succeeded >= completions;
  const done = enough && counts.active.length === 0 && suspend !== true;
  return done ? success('CompletionsReached', 'Reached expected number of succeeded pods') : undefined;
}

function matchedSuccessRule(job: WithSpec<Job>, succeeded: ReadonlySet<number>): number | undefined {
  const rules = isIndexed(job) ? (job.spec.successPolicy?.rules ?? []) : [];
  const at = rules.findIndex(({ succeededCount, succeededIndexes }) => {
    const relevant = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, job.spec.completions ?? 0);
    const hits = relevant === undefined ? succeeded.size : [...relevant].filter((index) => succeeded.has(index)).length;
    return hits >= (succeededCount ?? relevant?.size ?? 0);
  });
  return at < 0 ? undefined : at;
}
