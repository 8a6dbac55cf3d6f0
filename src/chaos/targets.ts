import { selectorFrom } from '../api/labels.ts';
import type { Node, Pod, Service } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';
import { sample, seeded } from './draw.ts';
import { controlPlaneTarget, type Endpoint, type FaultSpec, type NodeTarget, type Traffic } from './fault.ts';

/** What of the cluster decides which targets a fault has. */
export interface World {
  nodes: readonly Node[];
  pods(namespace: string): readonly Pod[];
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string): readonly EndpointSlice[];
}

/** By target, the traffic that it is to disturb (faults of the network only). No targets: the reason, for people. */
export type Resolved = { targets: Map<string, { traffic?: Traffic }> } | { problem: string };

/** Whom a fault hits, by the state of the cluster. The same spec, seed and cluster give the same targets. */
export function resolveTargets(spec: FaultSpec, world: World): Resolved {
  if (spec.controlPlane !== undefined) return { targets: new Map([[controlPlaneTarget, {}]]) };
  if (spec.network !== undefined) return trafficTargets(spec.network.from, spec.network.to, world);
  const chosen = chosenNodes(spec.nodes ?? {}, world);
  return 'problem' in chosen ? chosen : { targets: new Map(chosen.names.map((name) => [name, {}])) };
}

function chosenNodes({ names, selector, count, seed }: NodeTarget, { nodes }: World): { names: string[] } | { problem: string } {
  const present = nodes.map(({ metadata }) => metadata.name ?? '').sort();
  const unknown = names?.find((name) => !present.includes(name));
  if (unknown !== undefined) return { problem: `there is no node ${unknown}` };
  const matches = selectorFrom(selector ?? {});
  const matching = new Set(nodes.filter(({ metadata }) => matches.matches(metadata.labels)).map(({ metadata }) => metadata.name));
  const candidates = names ?? present.filter((name) => matching.has(name));
  if (candidates.length === 0) return { problem: 'no node matches the selector' };
  return { names: count === undefined ? candidates : sample(candidates, count, seeded(seed ?? 0)) };
}

function trafficTargets(from: Endpoint, to: Endpoint, world: World): Resolved {
  const there = addressesOf(to, world);
  if (there === undefined)
    return { problem: `${to.node === undefined ? 'the service' : `node ${to.node}`} in spec.network.to does not exist` };
  const here = new Map<string, string[]>();
  if (from.node !== undefined) {
    const addresses = addressesOf(from, world);
    if (addresses === undefined) return { problem: `there is no node ${from.node}` };
    here.set(from.node, addresses);
  } else {
    for (const pod of podsOf(from, world)) {
      const node = pod.spec?.nodeName ?? '';
      here.set(node, [...(here.get(node) ?? []), pod.status?.podIP ?? '']);
    }
    if (here.size === 0) return { problem: 'no running pod matches spec.network.from' };
  }
  return {
    targets: new Map([...here].sort().map(([node, addresses]) => [node, { traffic: { from: addresses.sort(), to: there.toSorted() } }])),
  };
}

/** Addresses and CIDRs of one side; undefined for a node or a Service that does not exist. */
function addressesOf(endpoint: Endpoint, world: World): string[] | undefined {
  if (endpoint.node !== undefined) {
    const node = world.nodes.find(({ metadata }) => metadata.name === endpoint.node);
    if (node === undefined) return undefined;
    const own = node.status?.addresses?.filter(({ type }) => type === 'InternalIP').map(({ address }) => address) ?? [];
    return [...own, ...(node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR])];
  }
  if (endpoint.service === undefined) return podsOf(endpoint, world).map(({ status }) => status?.podIP ?? '');
  const { namespace = 'default', name } = endpoint.service;
  const service = world.service(namespace, name);
  if (service === undefined) return undefined;
  const ips = service.spec?.clusterIPs ?? (service.spec?.clusterIP === undefined ? [] : [service.spec.clusterIP]);
  const virtual = ips.filter((ip) => ip !== '' && ip !== 'None');
  if (virtual.length > 0) return virtual;
  // A headless Service has no address of its own: its clients talk to the endpoints.
  const own = world.slices(namespace).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  return [...new Set(own.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses)))];
}

/** Pods with an address of their own; those of the host's network cannot be told from their node. */
const podsOf = ({ pods }: Endpoint, world: World): Pod[] => {
  if (pods === undefined) return [];
  const matches = selectorFrom(pods.selector);
  return world
    .pods(pods.namespace ?? 'default')
    .filter(({ metadata, spec, status }) => spec?.hostNetwork !== true && (status?.podIP ?? '') !== '' && matches.matches(metadata.labels))
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
};
