import type { Job } from '../../api/types/batch-v1.ts';
import type { ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { findCondition } from '../lib/conditions.ts';
import { createdAt, timeOf } from '../lib/objects.ts';
import { phaseOf } from '../lib/pods.ts';

/** Failures since the last success, and when the last of them was. */
export interface BackoffRecord {
  failures: number;
  lastFailure: number;
}

const firstMs = 10_000;
const longestMs = 600_000;

/** When a finished pod finished, as well as its status tells. */
export function finishTime(pod: Pod, now: number): number {
  const ends = (pod.status?.containerStatuses ?? [])
    .map((status) => timeOf(status.state?.terminated?.finishedAt))
    .filter((time) => time > 0);
  if (ends.length > 0) return Math.max(...ends);
  const notReady = findCondition(pod.status?.conditions, 'Ready');
  if (notReady?.status === 'False' && (notReady.lastTransitionTime ?? '') !== '') return timeOf(notReady.lastTransitionTime);
  return Math.min(now, timeOf(pod.metadata.deletionTimestamp) || createdAt(pod) || now);
}

/** The record after these pods have finished, in the order in which they did. */
export function recordAfter(
  record: BackoffRecord | undefined,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
  now: number,
): BackoffRecord {
  const finished = [...succeeded.map((pod) => ({ pod, ok: true })), ...failed.map((pod) => ({ pod, ok: false }))]
    .map(({ pod, ok }) => ({ ok, at: finishTime(pod, now) }))
    .sort((a, b) => a.at - b.at);
  let next = record ?? { failures: 0, lastFailure: 0 };
  for (const { ok, at } of finished) next = ok ? { failures: 0, lastFailure: 0 } : { failures: next.failures + 1, lastFailure: at };
  return next;
}

/** How long new pods still have to wait: 10 s after the first failure, doubling up to 10 min. */
export function backoffLeft({ failures, lastFailure }: BackoffRecord, now: number): number {
  if (failures === 0) return 0;
  return Math.max(0, lastFailure + Math.min(longestMs, firstMs * 2 ** (failures - 1)) - now);
}

/** Whether containers that are restarted in place (`restartPolicy: OnFailure`) have used up the backoff limit. */
export function restartsExceedLimit(job: Job, pods: readonly Pod[]): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = (statuses: readonly ContainerStatus[] | undefined): number =>
    (statuses ?? []).reduce((sum, one) => sum + one.restartCount, 0);
  const total = pods
    .filter((pod) => phaseOf(pod) === 'Running' || phaseOf(pod) === 'Pending')
    .reduce((sum, { status }) => sum + restarts(status?.initContainerStatuses) + restarts(status?.containerStatuses), 0);
  const limit = job.spec.backoffLimit ?? 6;
  return limit === 0 ? total > 0 : total >= limit;
}
