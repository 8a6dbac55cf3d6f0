import { selectorFrom } from '../../api/labels.ts';
import { compileRequiredNodeAffinity } from '../../api/node-affinity.ts';
import { untoleratedTaint } from '../../api/toleration.ts';
import type { Pod, TopologySpreadConstraint } from '../../api/types/core-v1.ts';
import type { Check, Obstacle } from './obstacle.ts';
import type { NodeState, Scene } from './scene.ts';

/** Topology spread constraints that must hold. */
export const checkSpread: Check = (pod, state, scene) =>
  (pod.spec?.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
    .flatMap((constraint) => obstacleOf(pod, state, scene, constraint) ?? []);

function obstacleOf(pod: Pod, { node, name }: NodeState, scene: Scene, constraint: TopologySpreadConstraint): Obstacle | undefined {
  const { topologyKey, maxSkew, minDomains = 1 } = constraint;
  const value = node.metadata.labels?.[topologyKey];
  if (value === undefined) {
    return {
      plugin: 'PodTopologySpread',
      reason: "node(s) didn't match pod topology spread constraints (missing required label)",
      missing: `label ${topologyKey} (the spread constraint's topology key)`,
      remedies: [`kubectl label node ${name} ${topologyKey}=VALUE`],
      distance: 1,
    };
  }
  const counts = countsOf(pod, scene, constraint);
  const own = selectorWithKeys(pod, constraint)(pod.metadata.labels) ? 1 : 0;
  const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const here = (counts.get(value) ?? 0) + own;
  if (here - least <= maxSkew) return undefined;
  const emptiest = [...counts].filter(([, count]) => count === least).map(([domain]) => domain);
  const others = counts.size < minDomains ? `only ${counts.size} of ${minDomains} domains exist` : `${emptiest.join(', ')} has ${least}`;
  return {
    plugin: 'PodTopologySpread',
    reason: "node(s) didn't match pod topology spread constraints",
    missing: `balance: ${topologyKey}=${value} would have ${here}, ${others} (maxSkew ${maxSkew})`,
    remedies: [
      ...(emptiest.length > 0 ? [`make room in ${topologyKey}=${emptiest.join(' or ')}, where the next pod belongs`] : []),
      `raise maxSkew to ${here - least}, or set whenUnsatisfiable: ScheduleAnyway`,
    ],
    distance: 1,
  };
}

/** Matching pods by value of the topology key, over the nodes that may count. */
function countsOf(pod: Pod, { nodes }: Scene, constraint: TopologySpreadConstraint): Map<string, number> {
  const { topologyKey, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  const affine = compileRequiredNodeAffinity(pod.spec);
  const matches = selectorWithKeys(pod, constraint);
  const keys = (pod.spec?.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
    .map((other) => other.topologyKey);
  const counts = new Map<string, number>();
  for (const { node, pods } of nodes) {
    if (keys.some((key) => node.metadata.labels?.[key] === undefined)) continue;
    if (nodeAffinityPolicy === 'Honor' && affine?.(node) === false) continue;
    if (
      nodeTaintsPolicy === 'Honor' &&
      untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']) !== undefined
    )
      continue;
    const value = node.metadata.labels?.[topologyKey] ?? '';
    const here = pods.filter(
      ({ metadata }) =>
        metadata.namespace === pod.metadata.namespace && metadata.deletionTimestamp === undefined && matches(metadata.labels),
    );
    counts.set(value, (counts.get(value) ?? 0) + here.length);
  }
  return counts;
}

/** matchLabelKeys narrow the selector to pods with the pod's own values. */
function selectorWithKeys(pod: Pod, { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint) {
  const selector = selectorFrom(labelSelector);
  return (labels: Readonly<Record<string, string>> | undefined): boolean =>
    selector.matches(labels) &&
    matchLabelKeys.every((key) => pod.metadata.labels?.[key] === undefined || labels?.[key] === pod.metadata.labels[key]);
}
