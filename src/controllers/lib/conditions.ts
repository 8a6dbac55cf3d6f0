interface ConditionLike {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export const findCondition = <T extends ConditionLike>(conditions: readonly T[] | undefined, type: string): T | undefined =>
  conditions?.find((condition) => condition.type === type);

export const isTrue = (conditions: readonly ConditionLike[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True';

export const withoutCondition = <T extends ConditionLike>(conditions: readonly T[] | undefined, type: string): T[] =>
  (conditions ?? []).filter((condition) => condition.type !== type);

/**
 * Puts `next` last in the list unless the list already says so (same status and reason); keeps the time of the last
 * transition while the status stays. This is what the workload controllers' `SetXCondition` functions do.
 */
export function withCondition<T extends ConditionLike>(conditions: readonly T[] | undefined, next: T): T[] {
  const current = findCondition(conditions, next.type);
  if (current !== undefined && current.status === next.status && current.reason === next.reason) return [...(conditions ?? [])];
  const kept = current !== undefined && current.status === next.status ? { ...next, lastTransitionTime: current.lastTransitionTime } : next;
  return [...withoutCondition(conditions, next.type), kept as T];
}
