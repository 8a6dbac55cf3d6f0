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
  /** The refusal of each node that was looked at and refused, with the plugin that spoke. */
  readonly refusals: ReadonlyMap<string, Status>;
  /** Names of the nodes that fitted, and by plugin their weighted scores in the same order; empty when one node alone fitted. */
  readonly feasible: readonly string[];
  readonly scores: ScoresByPlugin;
  /** The text of the FailedScheduling event, where there was one. */
  readonly message?: string;
}
