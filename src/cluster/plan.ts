import { ShoalError } from '../util/errors.ts';
import { formatIPv4, parseIPv4 } from '../util/ipv4.ts';
import { clusterLabels, type NodeState } from './provider.ts';
import type { NetworkingConfig } from './role-config.ts';
import { type ClusterNodeSpec, type ClusterSpec, controlPlaneOf } from './spec.ts';

/** Size of one node's pod range, as kube-controller-manager's `--node-cidr-mask-size` has it by default. */
const nodeMaskSize = 24;

/** Where one node sits in the cluster's networks. */
export interface NodePlace {
  /** In the Docker network; fixed for the node's life. */
  ip: string;
  podCIDR: string;
}

/** The `index`-th address of a range (`10.96.0.0/16`, 10 → `10.96.0.10`). Throws CONFIG_INVALID when the range is too small. */
export function addressAt(cidr: string, index: number): string {
  const [network = '', bits = '32'] = cidr.split('/');
  if (index >= 2 ** (32 - Number(bits))) {
    throw new ShoalError('CONFIG_INVALID', `${cidr} has no ${index}th address`, { next: 'Give the cluster a larger range.' });
  }
  return formatIPv4((parseIPv4(network) ?? 0) + index);
}

/**
 * Places by number: node 0 is the control plane. `.1` of the Docker network is its gateway, so node n has `.n+2` there and the
 * n-th /24 of the pod range.
 */
export function placeOf(index: number, dockerSubnet: string, podSubnet: string): NodePlace {
  const size = 2 ** (32 - nodeMaskSize);
  if (Number(podSubnet.split('/')[1]) > nodeMaskSize) {
    throw new ShoalError('CONFIG_INVALID', `podSubnet ${podSubnet} is smaller than one node's part of it (/${nodeMaskSize})`, {
      next: 'Use at least a /16 for a cluster that may grow.',
    });
  }
  if (index + 2 >= 2 ** (32 - Number(dockerSubnet.split('/')[1])) - 1) {
    throw new ShoalError('NETWORK_EXHAUSTED', `the cluster's network ${dockerSubnet} has no address left`, {
      next: 'Remove a node first.',
    });
  }
  return { ip: addressAt(dockerSubnet, index + 2), podCIDR: `${addressAt(podSubnet, index * size)}/${nodeMaskSize}` };
}

/** Places for all nodes of a new cluster, by name; the control plane comes first wherever it stands in the list. */
export function placeNodes(spec: ClusterSpec, dockerSubnet: string): Map<string, NodePlace> {
  const first = controlPlaneOf(spec);
  const ordered = [first, ...spec.nodes.filter((node) => node !== first)];
  return new Map(ordered.map((node, index) => [node.name, placeOf(index, dockerSubnet, spec.networking.podSubnet)]));
}

/** The first place that no present node has; a removed node's is free again. */
export function nextPlace(nodes: readonly Pick<NodeState, 'ip'>[], dockerSubnet: string, podSubnet: string): NodePlace {
  const taken = new Set(nodes.map((node) => node.ip));
  for (let index = 1; ; index++) {
    const place = placeOf(index, dockerSubnet, podSubnet);
    if (!taken.has(place.ip)) return place;
  }
}

/** As in kubeadm: DNS at the tenth address of the Services' range. */
export const networkingOf = (spec: ClusterSpec): NetworkingConfig => ({
  podSubnet: spec.networking.podSubnet,
  serviceSubnet: spec.networking.serviceSubnet,
  clusterDNS: addressAt(spec.networking.serviceSubnet, 10),
  clusterDomain: spec.networking.clusterDomain,
  nodePortRange: { from: 30000, to: 32767 },
});

/** The same cluster with whichever ports of this machine are free. */
export const withFreePorts = (spec: ClusterSpec): ClusterSpec => ({
  ...spec,
  networking: { ...spec.networking, apiServerPort: 0, gatewayPort: 0 },
  ...(spec.registry === undefined ? {} : { registry: { port: 0 } }),
});

/**
 * Whether a running cluster is what `wanted` asks for. Ports that Shoal chose do not count, nor does the order of nodes; nodes
 * that were added or removed later do not either, since the label holds what `up` was asked for.
 */
export function sameShape(wanted: ClusterSpec, made: ClusterSpec): boolean {
  const networking = { ...made.networking };
  if (wanted.networking.apiServerPort === 0) networking.apiServerPort = 0;
  if (wanted.networking.gatewayPort === 0) networking.gatewayPort = 0;
  const registry = wanted.registry?.port === 0 && made.registry !== undefined ? { port: 0 } : made.registry;
  const canonical = (spec: ClusterSpec): string =>
    stable({ ...spec, images: [], ttlMs: undefined, nodes: spec.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) });
  return canonical(wanted) === canonical({ ...made, networking, ...(registry === undefined ? {} : { registry }) });
}

/** What `up` was asked for, from the control plane's label. */
export function specFromLabels(node: NodeState): ClusterSpec {
  const text = node.labels[clusterLabels.spec];
  if (text === undefined) {
    throw new ShoalError('INTERNAL', `the container ${node.name} has no label ${clusterLabels.spec}`, {
      next: `Remove the cluster with \`shoal down ${node.cluster}\`, and create it again.`,
    });
  }
  return JSON.parse(text) as ClusterSpec;
}

/** The labels that a node's container carries besides the provider's own. */
export const nodeLabels = (node: ClusterNodeSpec, place: NodePlace): Record<string, string> => ({
  [clusterLabels.podCIDR]: place.podCIDR,
  [clusterLabels.resources]: JSON.stringify(node.resources),
});

/** JSON with keys in order, so that equal values are equal texts. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
