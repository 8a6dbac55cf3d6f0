import type { NodeInfo } from './node-info.ts';

/** `topology.kubernetes.io/region` and `zone` of a node as one text (upstream's `GetZoneKey`). */
export function zoneOf({ node }: NodeInfo): string {
  const labels = node.metadata.labels ?? {};
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  return `${region}:${zone}`;
}

/** Takes one node of each zone in turn, so that any run of the list is spread over the zones (upstream's node tree). */
export function interleaveZones(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zoneOf(node);
    const list = zones.get(zone) ?? [];
    list.push(node);
    zones.set(zone, list);
  }
  const result: NodeInfo[] = [];
  const longest = Math.max(0, ...[...zones.values()].map((list) => list.length));
  for (let i = 0; i < longest; i++) {
    for (const list of zones.values()) {
      const node = list[i];
      if (node === undefined) continue;
      node.slot = result.length;
      result.push(node);
    }
  }
  return result;
}
