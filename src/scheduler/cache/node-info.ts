import { addressesClash, type HostPort } from '../../api/host-ports.ts';
import { quantityToNumber } from '../../api/quantity.ts';
import type { Node } from '../../api/types/core-v1.ts';
import type { PodInfo } from './pod-info.ts';
import { accumulate, noResources, type Resources, resourcesOf } from './resources.ts';

/** A node with its pods and their sums. Plugins read it; only the cache and trials of preemption change it. */
export interface NodeInfo {
  node: Node;
  readonly name: string;
  /** Its place in `Snapshot.nodes()`. */
  slot: number;
  /** Grows with every change of the node or its pods; equal generations mean equal content. */
  generation: number;
  /** By uid. */
  readonly pods: Map<string, PodInfo>;
  readonly requested: Resources;
  readonly nonZeroRequested: Resources;
  allocatable: Resources;
  /** How many pods the node takes. */
  allowedPods: number;
  /** Sizes in bytes, by every name of an image. */
  images: ReadonlyMap<string, number>;
  /** Port use by protocol and port: the addresses it is taken on, with how many pods take it. */
  readonly hostPorts: Map<string, Map<string, number>>;
  /** Claims used by pods here, `namespace/name`, with how many use each. */
  readonly claims: Map<string, number>;
}

let generations = 0;

export function createNodeInfo(node: Node): NodeInfo {
  const info: NodeInfo = {
    node,
    name: node.metadata.name ?? '',
    slot: 0,
    generation: 0,
    pods: new Map(),
    requested: noResources(),
    nonZeroRequested: noResources(),
    allocatable: noResources(),
    allowedPods: 0,
    images: new Map(),
    hostPorts: new Map(),
    claims: new Map(),
  };
  setNode(info, node);
  return info;
}

export function setNode(info: NodeInfo, node: Node): void {
  const { allocatable = {}, images = [] } = node.status ?? {};
  info.node = node;
  info.allocatable = resourcesOf(allocatable);
  info.allowedPods = quantityToNumber(allocatable['pods']);
  info.images = new Map(images.flatMap(({ names = [], sizeBytes = 0 }) => names.map((name) => [name, sizeBytes] as const)));
  info.generation = ++generations;
}

export const addPod = (info: NodeInfo, pod: PodInfo): void => change(info, pod, 1);

/** Removes the pod of this uid as it was added; returns whether it was there. */
export function removePod(info: NodeInfo, uid: string): boolean {
  const pod = info.pods.get(uid);
  if (pod === undefined) return false;
  change(info, pod, -1);
  return true;
}

function change(info: NodeInfo, pod: PodInfo, factor: 1 | -1): void {
  if (factor === 1) info.pods.set(pod.uid, pod);
  else info.pods.delete(pod.uid);
  accumulate(info.requested, pod.requests, factor);
  accumulate(info.nonZeroRequested, pod.nonZeroRequests, factor);
  for (const port of pod.hostPorts) count(nested(info.hostPorts, portKey(port)), port.hostIP, factor);
  for (const { persistentVolumeClaim } of pod.pod.spec?.volumes ?? []) {
    if (persistentVolumeClaim !== undefined) count(info.claims, `${pod.pod.metadata.namespace}/${persistentVolumeClaim.claimName}`, factor);
  }
  info.generation = ++generations;
}

const portKey = ({ protocol, hostPort }: HostPort): string => `${protocol}/${hostPort}`;

/** Whether the port is taken; the address 0.0.0.0 stands for all. */
export function portTaken(info: NodeInfo, port: HostPort): boolean {
  const addresses = info.hostPorts.get(portKey(port));
  return addresses !== undefined && addressesClash(port.hostIP, addresses);
}

/** A copy whose pods can be added and removed without touching the original. */
export function cloneNodeInfo(info: NodeInfo): NodeInfo {
  const copy = (resources: Resources): Resources => ({ ...resources, scalar: new Map(resources.scalar) });
  return {
    ...info,
    pods: new Map(info.pods),
    requested: copy(info.requested),
    nonZeroRequested: copy(info.nonZeroRequested),
    hostPorts: new Map([...info.hostPorts].map(([key, addresses]) => [key, new Map(addresses)])),
    claims: new Map(info.claims),
  };
}

function nested<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const inner = map.get(key) ?? new Map<K, V>();
  map.set(key, inner);
  return inner;
}

function count(map: Map<string, number>, key: string, factor: number): void {
  const value = (map.get(key) ?? 0) + factor;
  if (value > 0) map.set(key, value);
  else map.delete(key);
}
