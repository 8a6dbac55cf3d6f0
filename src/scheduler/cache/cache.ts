import type { Node, Pod } from '../../api/types/core-v1.ts';
import { addPod, createNodeInfo, type NodeInfo, removePod, setNode } from './node-info.ts';
import { interleaveZones, zoneOf } from './node-order.ts';
import { createPodCounts, type PodCounts } from './pod-counts.ts';
import { type PodInfo, podInfoOf, sameForScheduling, uidOf } from './pod-info.ts';
import { createTermIndex, type TermIndex } from './term-index.ts';

/**
 * What plugins see of the cluster. One scheduling cycle runs to its decision without giving way, so the live cache serves
 * as its own snapshot and nothing is copied.
 */
export interface Snapshot {
  /** All nodes, zones interleaved. */
  nodes(): readonly NodeInfo[];
  node(name: string): NodeInfo | undefined;
  /** On how many nodes an image is present. */
  nodesWithImage(name: string): number;
  readonly podCounts: Pick<PodCounts, 'counts'>;
  readonly terms: Pick<TermIndex, 'terms'>;
  /** Grows when an image comes to or goes from a node. */
  readonly imagesGeneration: number;
}

/**
 * Nodes and the pods on them, as informers tell, plus the pods that the scheduler has decided on and that the API server
 * has not yet shown bound ("assumed").
 */
export interface SchedulerCache extends Snapshot {
  setNode(node: Node): void;
  removeNode(name: string): void;
  /** A pod that has a node; confirms it when it was assumed. */
  setPod(pod: Pod): void;
  removePod(pod: Pod): void;
  /** Counts the pod as being on the node already. */
  assume(pod: PodInfo, nodeName: string): void;
  /** Takes an assumption back; returns false when the pod was confirmed or is gone. */
  forget(uid: string): boolean;
  isAssumed(uid: string): boolean;
  namespacesChanged(): void;
}

interface Placed {
  info: PodInfo;
  nodeName: string;
  assumed: boolean;
}

export function createSchedulerCache(): SchedulerCache {
  const nodes = new Map<string, NodeInfo>();
  /** Every pod with a node, also where that node is not (or no longer) known. */
  const pods = new Map<string, Placed>();
  const podsByNode = new Map<string, Set<Placed>>();
  const images = new Map<string, number>();
  const terms = createTermIndex();
  const podCounts = createPodCounts((visit) => {
    for (const { info, nodeName } of pods.values()) if (nodes.has(nodeName)) visit(info.pod, nodeName);
  });
  let order: NodeInfo[] | undefined;
  let imagesGeneration = 0;

  const countImages = (info: NodeInfo, factor: 1 | -1): void => {
    for (const name of info.images.keys()) {
      const count = (images.get(name) ?? 0) + factor;
      if (count > 0) images.set(name, count);
      else images.delete(name);
    }
  };
  const index = ({ info, nodeName }: Placed, factor: 1 | -1): void => {
    const node = nodes.get(nodeName);
    if (node === undefined) return;
    if (factor === 1) addPod(node, info);
    else removePod(node, info.uid);
    podCounts.change(info.pod, nodeName, factor);
    terms.change(info, nodeName, factor);
  };
  const place = (placed: Placed): void => {
    pods.set(placed.info.uid, placed);
    const here = podsByNode.get(placed.nodeName) ?? new Set();
    podsByNode.set(placed.nodeName, here.add(placed));
    index(placed, 1);
  };
  const displace = (uid: string): void => {
    const placed = pods.get(uid);
    if (placed === undefined) return;
    index(placed, -1);
    pods.delete(uid);
    const here = podsByNode.get(placed.nodeName);
    here?.delete(placed);
    if (here?.size === 0) podsByNode.delete(placed.nodeName);
  };

  return {
    nodes: () => (order ??= interleaveZones(nodes.values())),
    node: (name) => nodes.get(name),
    nodesWithImage: (name) => images.get(name) ?? 0,
    podCounts,
    terms,
    get imagesGeneration() {
      return imagesGeneration;
    },
    setNode(node) {
      const name = node.metadata.name ?? '';
      const known = nodes.get(name);
      if (known === undefined) {
        const info = createNodeInfo(node);
        nodes.set(name, info);
        countImages(info, 1);
        imagesGeneration++;
        for (const placed of podsByNode.get(name) ?? []) index(placed, 1);
        order = undefined;
        return;
      }
      const zone = zoneOf(known);
      const images = known.images;
      countImages(known, -1);
      setNode(known, node);
      countImages(known, 1);
      if (!sameKeys(images, known.images)) imagesGeneration++;
      if (zoneOf(known) !== zone) order = undefined;
    },
    removeNode(name) {
      const info = nodes.get(name);
      if (info === undefined) return;
      for (const placed of podsByNode.get(name) ?? []) index(placed, -1);
      countImages(info, -1);
      imagesGeneration++;
      nodes.delete(name);
      order = undefined;
    },
    setPod(pod) {
      const uid = uidOf(pod);
      const known = pods.get(uid);
      if (known !== undefined && known.nodeName === pod.spec?.nodeName && sameForScheduling(known.info.pod, pod)) {
        // A kubelet's status update: what was worked out of the pod, and of its node, stays valid.
        const info = { ...known.info, pod };
        known.info = info;
        known.assumed = false;
        nodes.get(known.nodeName)?.pods.set(uid, info);
        return;
      }
      displace(uid);
      place({ info: podInfoOf(pod), nodeName: pod.spec?.nodeName ?? '', assumed: false });
    },
    removePod: (pod) => displace(uidOf(pod)),
    assume(info, nodeName) {
      displace(info.uid);
      place({ info, nodeName, assumed: true });
    },
    forget(uid) {
      if (pods.get(uid)?.assumed !== true) return false;
      displace(uid);
      return true;
    },
    isAssumed: (uid) => pods.get(uid)?.assumed === true,
    namespacesChanged: () => podCounts.reset(),
  };
}

const sameKeys = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean =>
  a.size === b.size && a.keys().every((key) => b.has(key));
