import type { Pod } from '../../api/types/core-v1.ts';
import type { NodeState, Scene } from './scene.ts';

/** One thing that keeps a pod off a node. */
export interface Obstacle {
  /** The scheduler's plugin that refuses for it. */
  readonly plugin: string;
  /** What is alike for many nodes: `Insufficient cpu`. Nodes are grouped by it where they are too many to list. */
  readonly reason: string;
  /** What the node needs, after that verb: `500m more cpu (wants 2, 1.5 of 4 free)`, `to be uncordoned`. What stands in brackets is for the table alone. */
  readonly missing: string;
  /** What would lift it, the smallest change first. */
  readonly remedies: readonly string[];
  /** How far the node is from taking the pod: below 1 for room that is lacking in part, 1 for a change to the pod or node, more for what is hard to change. */
  readonly distance: number;
}

/** One rule, asked for each node. */
export type Check = (pod: Pod, state: NodeState, scene: Scene) => readonly Obstacle[];
