import type { NodeRefusal, SchedulingRecord } from '../../api/scheduling-record.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { checkInterPod } from './inter-pod.ts';
import { checkLabels } from './labels.ts';
import type { Check, Obstacle } from './obstacle.ts';
import { checkPorts } from './ports.ts';
import { checkResources } from './resources.ts';
import type { Scene } from './scene.ts';
import { checkSpread } from './spread.ts';
import { checkTaints } from './taints.ts';
import { checkVolumes } from './volumes.ts';

/** Each rule that is worked out here, by the plugins that it speaks for, in the order in which the scheduler asks them. */
const checks: readonly { plugins: readonly string[]; check: Check }[] = [
  { plugins: ['NodeUnschedulable', 'TaintToleration'], check: checkTaints },
  { plugins: ['NodeAffinity'], check: checkLabels },
  { plugins: ['NodePorts'], check: checkPorts },
  { plugins: ['NodeResourcesFit'], check: checkResources },
  { plugins: ['VolumeBinding'], check: checkVolumes },
  { plugins: ['PodTopologySpread'], check: checkSpread },
  { plugins: ['InterPodAffinity'], check: checkInterPod },
];
const known = new Set(checks.flatMap(({ plugins }) => plugins));

/** A node and all that keeps the pod off it; nothing when it would fit. */
export interface NodeVerdict {
  readonly node: string;
  readonly obstacles: readonly Obstacle[];
  readonly distance: number;
}

/**
 * Every node, the nearest first. The scheduler stops at a node's first refusal, and only on Shoal can it be asked; so the rules
 * are worked out again, all of them, which also tells what comes after the first. Refusals by plugins that are not among
 * them are taken from the scheduler's record.
 */
export function verdictsOn(pod: Pod, scene: Scene, record: SchedulingRecord | undefined): NodeVerdict[] {
  const foreign = foreignRefusals(record);
  return scene.nodes
    .map((state): NodeVerdict => {
      const obstacles = checks.flatMap(({ check }) => check(pod, state, scene));
      const told = foreign.get(state.name);
      if (told !== undefined) obstacles.push(obstacleOf(told));
      return { node: state.name, obstacles, distance: obstacles.reduce((sum, { distance }) => sum + distance, 0) };
    })
    .sort((a, b) => a.distance - b.distance || a.node.localeCompare(b.node, 'en', { numeric: true }));
}

function foreignRefusals(record: SchedulingRecord | undefined): ReadonlyMap<string, NodeRefusal> {
  if (record?.outcome !== 'Unschedulable') return new Map();
  return new Map(
    record.refusals.filter(({ plugin }) => !known.has(plugin)).flatMap((refusal) => refusal.nodes.map((node) => [node, refusal] as const)),
  );
}

const obstacleOf = ({ plugin, reasons }: NodeRefusal): Obstacle => ({
  plugin,
  reason: reasons.join(', '),
  missing: reasons.join(', '),
  remedies: [],
  distance: 1,
});
