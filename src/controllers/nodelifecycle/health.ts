import type { Lease } from '../../api/types/coordination-v1.ts';
import type { Node, NodeCondition } from '../../api/types/core-v1.ts';
import { findCondition } from '../lib/conditions.ts';
import { createdAt } from '../lib/objects.ts';

/** What is remembered of a node's signs of life; times are this controller's own, so skewed node clocks do no harm. */
export interface Probe {
  /** When something last changed that only a living kubelet changes. */
  at: number;
  heartbeat: string | undefined;
  renewTime: string | undefined;
}

/** The probe after looking at the node and its lease again. A node that never posted a status counts from its creation. */
export function observe(previous: Probe | undefined, node: Node, lease: Lease | undefined, now: number): Probe {
  const heartbeat = findCondition(node.status?.conditions, 'Ready')?.lastHeartbeatTime;
  const renewTime = lease?.spec?.renewTime;
  if (previous === undefined)
    return { at: heartbeat === undefined && renewTime === undefined ? createdAt(node) : now, heartbeat, renewTime };
  const alive = heartbeat !== previous.heartbeat || renewTime !== previous.renewTime;
  return { at: alive ? now : previous.at, heartbeat, renewTime };
}

/** Conditions that a silent kubelet can no longer vouch for. */
const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The conditions of a node that has been silent too long; undefined when they say so already. */
export function silentConditions(node: Node, now: string): NodeCondition[] | undefined {
  const conditions = [...(node.status?.conditions ?? [])];
  let changed = false;
  for (const type of watched) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const current = conditions[at];
    if (current === undefined) {
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        ...(node.metadata.creationTimestamp === undefined ? {} : { lastHeartbeatTime: node.metadata.creationTimestamp }),
        lastTransitionTime: now,
      });
      changed = true;
    } else if (current.status !== 'Unknown') {
      conditions[at] = {
        ...current,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: now,
      };
      changed = true;
    }
  }
  return changed ? conditions : undefined;
}
