import type { NodeStatuses } from './interface.ts';

/**
 * `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.`: how many nodes gave each reason,
 * sorted as text (upstream's `FitError`). `preFilter` replaces the counts where the pod was refused for all nodes at once.
 */
export function fitMessage(totalNodes: number, { byNode, absent }: NodeStatuses, preFilter?: string): string {
  const head = `0/${totalNodes} nodes are available:`;
  if (preFilter !== undefined && preFilter !== '') return `${head} ${preFilter}.`;
  const counts = new Map<string, number>();
  const count = (reason: string, by: number): unknown => counts.set(reason, (counts.get(reason) ?? 0) + by);
  for (const { reasons } of byNode.values()) for (const reason of reasons) count(reason, 1);
  const others = totalNodes - byNode.size;
  if (others > 0) for (const reason of absent?.reasons ?? []) count(reason, others);
  const parts = [...counts].map(([reason, by]) => `${by} ${reason}`).sort();
  return parts.length === 0 ? head : `${head} ${parts.join(', ')}.`;
}

/** What the cycle says where there is no node at all. */
export const noNodes = 'no nodes available to schedule pods';
