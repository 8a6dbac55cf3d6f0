import type { Job, JobCondition, JobStatus } from '../../api/types/batch-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { findCondition, withoutCondition } from '../lib/conditions.ts';
import { uidOf, type WithSpec } from '../lib/objects.ts';
import { formatIndexes } from './indexes.ts';
import type { Outcome } from './outcome.ts';
import { isIndexed, type Tally } from './tally.ts';

export const jobCondition = (type: string, status: string, reason: string, message: string, now: string): JobCondition => ({
  type,
  status,
  reason,
  message,
  lastProbeTime: now,
  lastTransitionTime: now,
});

const has = (conditions: JobCondition[] | undefined, type: string): boolean => findCondition(conditions, type)?.status === 'True';

/** The Suspended condition and start time that `spec.suspend` asks for; `event` where it changed. */
export function applySuspend(job: WithSpec<Job>, status: JobStatus, now: string): { event?: 'Suspended' | 'Resumed' } {
  const current = findCondition(status.conditions, 'Suspended');
  if (job.spec.suspend === true) {
    if (current?.status === 'True') return {};
    status.conditions = [
      ...withoutCondition(status.conditions, 'Suspended'),
      jobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', now),
    ];
    delete status.startTime;
    return { event: 'Suspended' };
  }
  const resumed = current?.status === 'True';
  if (resumed) {
    status.conditions = [
      ...withoutCondition(status.conditions, 'Suspended'),
      jobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', now),
    ];
  }
  if (resumed || status.startTime === undefined) status.startTime = now;
  return resumed ? { event: 'Resumed' } : {};
}

/**
 * First half of counting: the status names the finished pods before their finalizers go, so that a crash in between counts
 * none twice and loses none. Indexed successes are kept as indexes instead.
 */
export function announceFinished(job: WithSpec<Job>, status: JobStatus, counts: Tally, pods: { succeeded: Pod[]; failed: Pod[] }): void {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const uids = (all: readonly Pod[]): string[] => all.map(uidOf);
  status.uncountedTerminatedPods = {
    ...(isIndexed(job) ? {} : { succeeded: [...succeeded, ...uids(pods.succeeded)] }),
    failed: [...failed, ...uids(pods.failed)],
  };
  if (!isIndexed(job)) return;
  const completedIndexes = formatIndexes(counts.succeededIndexes);
  status.succeeded = counts.succeededIndexes.size;
  if (completedIndexes !== '') status.completedIndexes = completedIndexes;
  if (job.spec.backoffLimitPerIndex !== undefined) status.failedIndexes = formatIndexes(counts.failedIndexes);
}

/** Second half: pods whose finalizer is gone move into the counters. */
export function countReleased(status: JobStatus, stillHeld: ReadonlySet<string>): void {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const held = (uids: readonly string[]): string[] => uids.filter((uid) => stillHeld.has(uid));
  status.succeeded = (status.succeeded ?? 0) + succeeded.length - held(succeeded).length;
  status.failed = (status.failed ?? 0) + failed.length - held(failed).length;
  status.uncountedTerminatedPods = {
    ...(held(succeeded).length === 0 ? {} : { succeeded: held(succeeded) }),
    ...(held(failed).length === 0 ? {} : { failed: held(failed) }),
  };
}

export const hasUncounted = ({ uncountedTerminatedPods: pods }: JobStatus): boolean =>
  (pods?.succeeded?.length ?? 0) + (pods?.failed?.length ?? 0) > 0;

export function addInterim(status: JobStatus, outcome: Outcome, now: string): void {
  if (has(status.conditions, outcome.interim)) return;
  status.conditions = [...(status.conditions ?? []), jobCondition(outcome.interim, 'True', outcome.reason, outcome.message, now)];
}

/** The last condition; answers whether it was added now. */
export function addFinal(status: JobStatus, outcome: Outcome, now: string): boolean {
  if (has(status.conditions, outcome.final)) return false;
  status.conditions = [...(status.conditions ?? []), jobCondition(outcome.final, 'True', outcome.reason, outcome.message, now)];
  if (outcome.final === 'Complete') status.completionTime = now;
  return true;
}
