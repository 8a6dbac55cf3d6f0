import type { Pod } from '../api/types/core-v1.ts';
import type { ScoresByPlugin } from './find-node.ts';
import type { Status } from './framework/status.ts';

/** How one cycle ended, for whoever wants to know why a pod is where it is, or nowhere. */
export interface Decision {
  readonly pod: Pod;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The node chosen; absent when the pod was refused. */
  readonly nodeName?: string;
  /** Nodes in the cluster. */
  readonly nodes: number;
  /** The refusal of each node that was looked at and refused, with the plugin that spoke. */
  readonly refusals: ReadonlyMap<string, Status>;
  /** The refusal of all nodes that are not in `refusals`, when it came before any was looked at. */
  readonly absent?: Status;
  /** Names of the nodes that fitted, and by plugin their weighted scores in the same order; empty when one node alone fitted. */
  readonly feasible: readonly string[];
  readonly scores: ScoresByPlugin;
  /** The text of the FailedScheduling event, where there was one. */
  readonly message?: string;
  /** A fault, not a refusal. */
  readonly fault?: boolean;
  /** The node that preemption promises to the pod, and who must leave it, as `namespace/name`. */
  readonly preemption?: { readonly nominatedNode: string; readonly victims: readonly string[] };
}
