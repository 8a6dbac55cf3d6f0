import { kinds } from '../../api/scheme.ts';
import type { Job } from '../../api/types/batch-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { byCreation, nameOf, type WithSpec } from '../lib/objects.ts';
import { podFromTemplate } from '../lib/pod-control.ts';
import { isTerminating } from '../lib/pods.ts';
import { podsToDelete } from '../replicaset/ranking.ts';
import { completionIndexOf, firstPendingIndexes, indexAnnotation } from './indexes.ts';
import {
  failureCount,
  failureCountAnnotation,
  ignoredFailureCount,
  ignoredFailureCountAnnotation,
  isIndexed,
  occupiedIndexes,
  replacesOnlyFailed,
  type Tally,
  trackingFinalizer,
} from './tally.ts';

/** What to do about a Job's pods now. */
export type Plan = { remove: Pod[]; create: 0; indexes: [] } | { remove: []; create: number; indexes: number[] };

const burst = 500;
const nothing: Plan = { remove: [], create: 0, indexes: [] };

/** How many pods to create or which to delete (upstream's `manageJob`). */
export function planPods(job: WithSpec<Job>, counts: Tally, pods: readonly Pod[], now: number): Plan {
  const { parallelism = 1, completions, suspend } = job.spec;
  const active = counts.active.length;
  if (suspend === true) return { ...nothing, remove: counts.active.slice(0, burst) } as Plan;
  const open = completions === undefined ? parallelism : completions - counts.succeeded - counts.failedIndexes.size;
  const wanted = completions === undefined && counts.succeeded > 0 ? active : Math.max(0, Math.min(open, parallelism));
  const remove = activeToRemove(job, counts, active - wanted, now);
  if (remove.length > 0) return { remove: remove.slice(0, burst), create: 0, indexes: [] };
  const terminating = replacesOnlyFailed(job) ? pods.filter(isTerminating).length : 0;
  const create = Math.min(burst, wanted - terminating - active);
  if (create <= 0) return nothing;
  if (!isIndexed(job)) return { remove: [], create, indexes: [] };
  const taken = new Set([...occupiedIndexes(job, pods), ...counts.succeededIndexes, ...counts.failedIndexes]);
  const indexes = firstPendingIndexes(create, completions ?? 0, taken);
  return { remove: [], create: indexes.length, indexes };
}

/** Pods without a place go first: doubled or superfluous indexes, then as many more as there are too many. */
function activeToRemove(job: WithSpec<Job>, counts: Tally, atLeast: number, now: number): Pod[] {
  const misplaced = isIndexed(job) ? misplacedPods(job, counts) : [];
  const more = Math.max(0, atLeast - misplaced.length);
  const others = counts.active.filter((pod) => !misplaced.includes(pod));
  return more === 0 ? misplaced : [...misplaced, ...podsToDelete(others, others, more, now)];
}

function misplacedPods(job: WithSpec<Job>, counts: Tally): Pod[] {
  const seen = new Set<number>();
  return [...counts.active].sort(byCreation).filter((pod) => {
    const index = completionIndexOf(pod);
    const superfluous = index === undefined || index >= (job.spec.completions ?? 0) || seen.has(index) || counts.failedIndexes.has(index);
    if (index !== undefined) seen.add(index);
    return superfluous;
  });
}

/** A pod of the Job; `index` for Indexed Jobs, `previous` the failed pod of that index which it replaces. */
export function jobPod(job: WithSpec<Job>, index: number | undefined, previous: Pod | undefined, ignored: boolean): Pod {
  const pod = podFromTemplate(job.spec.template, job, kinds.Job);
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return pod;
  const { backoffLimitPerIndex } = job.spec;
  pod.metadata.generateName = `${nameOf(job)}-${index}-`;
  pod.metadata.labels = { ...pod.metadata.labels, [indexAnnotation]: String(index) };
  pod.metadata.annotations = { ...pod.metadata.annotations, [indexAnnotation]: String(index) };
  if (backoffLimitPerIndex !== undefined) {
    const counted = previous === undefined ? 0 : failureCount(previous) + (ignored ? 0 : 1);
    const skipped = previous === undefined ? 0 : ignoredFailureCount(previous) + (ignored ? 1 : 0);
    pod.metadata.annotations[failureCountAnnotation] = String(counted);
    if (skipped > 0) pod.metadata.annotations[ignoredFailureCountAnnotation] = String(skipped);
  }
  if (pod.spec !== undefined) {
    pod.spec.hostname = `${nameOf(job)}-${index}`;
    for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
      if (container.env?.some(({ name }) => name === 'JOB_COMPLETION_INDEX') === true) continue;
      const valueFrom = { fieldRef: { fieldPath: `metadata.labels['${indexAnnotation}']` } };
      container.env = [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom }];
    }
  }
  return pod;
}
