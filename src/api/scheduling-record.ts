/** One answer of the scheduler that several nodes share. */
export interface NodeRefusal {
  plugin: string;
  /** `Unschedulable`, `UnschedulableAndUnresolvable`, … as in the scheduler's framework. */
  code: string;
  /** In upstream's words: `Insufficient cpu`. */
  reasons: readonly string[];
  nodes: readonly string[];
}

export interface NodeScore {
  node: string;
  total: number;
  /** Weighted, by plugin. */
  byPlugin: Readonly<Record<string, number>>;
}

/**
 * What the scheduler last decided on a pod: the body of `GET /shoal/v1/scheduling/namespaces/{ns}/pods/{name}`. Shared by
 * the scheduler, which keeps it, and by whoever explains it.
 */
export interface SchedulingRecord {
  namespace: string;
  name: string;
  uid: string;
  /** RFC 3339. */
  time: string;
  outcome: 'Scheduled' | 'Unschedulable' | 'SchedulerError';
  /** The node chosen. */
  nodeName?: string;
  /** The text of the FailedScheduling event. */
  message?: string;
  /** Nodes in the cluster at that time. */
  nodes: number;
  /** How many nodes passed every filter among those that were looked at. */
  feasible: number;
  /** Groups of nodes that were refused alike, the largest first. */
  refusals: readonly NodeRefusal[];
  /** The best nodes, best first, at most ten; empty when one node alone passed and nothing had to be weighed. */
  scores: readonly NodeScore[];
  /** What preemption came to, where it was tried. */
  preemption?: { nominatedNode: string; victims: readonly string[] };
}
