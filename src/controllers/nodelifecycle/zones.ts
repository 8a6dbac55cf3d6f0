import type { Node } from '../../api/types/core-v1.ts';
import type { ControllerConfig } from '../context.ts';

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

export const zoneOf = ({ metadata: { labels } }: Node): string => {
  const region = labels?.['topology.kubernetes.io/region'] ?? '';
  const zone = labels?.['topology.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\u0000:${zone}`;
};

export interface Zones {
  /** NoExecute taints a second that the node's zone may get; 0 stops evictions there. */
  rate(node: Node): number;
  /** Every node of every zone is NotReady: more likely our own connection failed than all of them, so nothing is evicted. */
  readonly fullyDisrupted: boolean;
}

/** How disrupted each zone is, and how fast evictions may go in it (kube-controller-manager's `handleDisruption`). */
export function zonesOf(nodes: readonly Node[], isReady: (node: Node) => boolean, config: ControllerConfig): Zones {
  const byZone = Map.groupBy(nodes, zoneOf);
  const states = new Map([...byZone].map(([zone, members]) => [zone, stateOf(members, isReady, config.unhealthyZoneThreshold)]));
  const fullyDisrupted = states.size > 0 && [...states.values()].every((state) => state === 'FullDisruption');
  return {
    fullyDisrupted,
    rate(node) {
      if (fullyDisrupted) return 0;
      if (states.get(zoneOf(node)) !== 'PartialDisruption') return config.nodeEvictionRate;
      const size = byZone.get(zoneOf(node))?.length ?? 0;
      return size > config.largeClusterSizeThreshold ? config.secondaryNodeEvictionRate : 0;
    },
  };
}

function stateOf(nodes: readonly Node[], isReady: (node: Node) => boolean, threshold: number): ZoneState {
  const notReady = nodes.filter((node) => !isReady(node)).length;
  if (notReady > 0 && notReady === nodes.length) return 'FullDisruption';
  return notReady > 2 && notReady / nodes.length >= threshold ? 'PartialDisruption' : 'Normal';
}
