import { type Selector, selectorFrom, selectorOf } from '../../../api/labels.ts';
import { untoleratedTaint } from '../../../api/toleration.ts';
import type { Node, Pod, TopologySpreadConstraint } from '../../../api/types/core-v1.ts';
import type { PodQuery } from '../../cache/pod-counts.ts';
import type { PodInfo } from '../../cache/pod-info.ts';

export const hostnameLabel = 'kubernetes.io/hostname';

export interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly minDomains: number;
  readonly selector: Selector;
  /** The pods it counts: of the pod's namespace, matched by the selector, not being deleted. */
  readonly query: PodQuery;
  /** Whether the node's pods count at all (nodeAffinityPolicy, nodeTaintsPolicy). */
  readonly includes: (node: Node) => boolean;
}

/** Constraints of the pod for `when`, ready to use. */
export function constraintsOf(info: PodInfo, when: 'DoNotSchedule' | 'ScheduleAnyway'): Constraint[] {
  const all = info.pod.spec?.topologySpreadConstraints ?? [];
  return all
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when)
    .map((row) => compile(info, row, selectorWithKeys(info.pod, row)));
}

/** Upstream's system defaults: spread over hosts and zones, softly, what one owner or Service holds together. */
export function defaultConstraints(info: PodInfo, selector: Selector): Constraint[] {
  const rows = [
    { topologyKey: hostnameLabel, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
    { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
  ];
  return rows.map((row) => compile(info, row, selector));
}

function compile(info: PodInfo, row: TopologySpreadConstraint, selector: Selector): Constraint {
  const { pod, requiredNodeAffinity } = info;
  const { maxSkew, topologyKey, minDomains = 1, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = row;
  const namespace = pod.metadata.namespace ?? '';
  return {
    maxSkew,
    topologyKey,
    minDomains,
    selector,
    query: {
      key: `PodTopologySpread|${namespace}|${selector.nothing ? '<nothing>' : selector}`,
      namespace,
      matches: (other) => other.metadata.deletionTimestamp === undefined && selector.matches(other.metadata.labels),
    },
    includes: (node) =>
      (nodeAffinityPolicy !== 'Honor' || requiredNodeAffinity === undefined || requiredNodeAffinity(node)) &&
      (nodeTaintsPolicy !== 'Honor' ||
        untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']) === undefined),
  };
}

/** matchLabelKeys narrow the selector to pods with the pod's own values. */
function selectorWithKeys({ metadata }: Pod, { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint): Selector {
  const selector = selectorFrom(labelSelector);
  const extra = matchLabelKeys.flatMap((key) => {
    const value = metadata.labels?.[key];
    return value === undefined ? [] : [{ key, operator: 'in' as const, values: [value] }];
  });
  return selector.nothing || extra.length === 0 ? selector : selectorOf([...selector.requirements, ...extra]);
}

export const hasAllKeys = (node: Node, constraints: readonly Constraint[]): boolean =>
  constraints.every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined);
