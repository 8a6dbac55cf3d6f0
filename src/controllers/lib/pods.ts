import type { Pod } from '../../api/types/core-v1.ts';
import { findCondition } from './conditions.ts';
import { isDeleting, timeOf } from './objects.ts';

export const phaseOf = (pod: Pod): string => pod.status?.phase ?? '';
export const isTerminal = (pod: Pod): boolean => phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';
/** Neither finished nor being deleted. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !isDeleting(pod);
/** Being deleted but not yet finished. */
export const isTerminating = (pod: Pod): boolean => !isTerminal(pod) && isDeleting(pod);

export const isReady = (pod: Pod): boolean => findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
export const readySince = (pod: Pod): number => timeOf(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime);

/** Ready for at least `minReadySeconds`. */
export const isAvailable = (pod: Pod, minReadySeconds: number, now: number): boolean =>
  isReady(pod) && (minReadySeconds === 0 || (readySince(pod) > 0 && readySince(pod) + minReadySeconds * 1000 <= now));

/** Milliseconds until the first of these ready pods becomes available, or undefined when none is waiting. */
export function nextAvailableIn(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  const waits = pods
    .filter((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now))
    .map((pod) => readySince(pod) + minReadySeconds * 1000 - now);
  return waits.length === 0 ? undefined : Math.max(1, Math.min(...waits));
}
