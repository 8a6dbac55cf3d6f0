import type { Node, Taint } from '../../api/types/core-v1.ts';
import { findCondition } from '../lib/conditions.ts';

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';
export const outOfServiceTaint = 'node.kubernetes.io/out-of-service';
const unschedulableTaint = 'node.kubernetes.io/unschedulable';

/** Condition type → status → key of the taint that keeps new pods away. */
const conditionTaints: Record<string, Record<string, string>> = {
  Ready: { False: notReadyTaint, Unknown: unreachableTaint },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const managedKeys = new Set([unschedulableTaint, ...Object.values(conditionTaints).flatMap((byStatus) => Object.values(byStatus))]);

/** The NoSchedule taints that a node's conditions and `spec.unschedulable` ask for. */
export function noScheduleTaints(node: Node): Taint[] {
  const keys = (node.status?.conditions ?? []).flatMap(({ type, status }) => conditionTaints[type]?.[status] ?? []);
  if (node.spec?.unschedulable === true) keys.push(unschedulableTaint);
  return keys.map((key) => ({ key, effect: 'NoSchedule' }));
}

/** The key of the NoExecute taint that the Ready condition asks for, or undefined for a ready node. */
export function noExecuteKey(node: Node): string | undefined {
  const status = findCondition(node.status?.conditions, 'Ready')?.status;
  if (status === 'True' || status === undefined) return undefined;
  return status === 'False' ? notReadyTaint : unreachableTaint;
}

export const isEvictionTaint = ({ key, effect }: Taint): boolean =>
  effect === 'NoExecute' && (key === notReadyTaint || key === unreachableTaint);

/**
 * The node's taints with the managed ones put right, or undefined when they are. `execute` is the NoExecute key to have
 * (`undefined`: none; `'keep'`: as it is, because eviction has to wait).
 */
export function nextTaints(node: Node, execute: string | undefined, now: string): Taint[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = noScheduleTaints(node);
  const isManaged = (taint: Taint): boolean => taint.effect === 'NoSchedule' && managedKeys.has(taint.key);
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const kept = present.filter((taint) => {
    if (isManaged(taint)) return wanted.some((other) => same(other, taint));
    return execute === 'keep' || !isEvictionTaint(taint) || taint.key === execute;
  });
  const target: Taint[] = execute === undefined || execute === 'keep' ? wanted : [...wanted, { key: execute, effect: 'NoExecute' }];
  const added = target.filter((taint) => !kept.some((other) => same(other, taint))).map((taint) => ({ ...taint, timeAdded: now }));
  return added.length === 0 && kept.length === present.length ? undefined : [...kept, ...added];
}
