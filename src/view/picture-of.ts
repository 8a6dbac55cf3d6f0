import type { KubeObject } from '../api/object.ts';
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../api/types/apps-v1.ts';
import type { Job } from '../api/types/batch-v1.ts';
import type { Event, Node, Pod, Service } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';
import { controllerOf } from '../client/owner.ts';
import { faultPictures } from './faults.ts';
import { byRoleAndName, compareNames, nodePicture, type Usage } from './nodes.ts';
import type { NodePicture, Picture, PodPicture, WorkloadPicture } from './picture.ts';
import { podPicture } from './pods.ts';
import { eventPicture, servicePicture } from './services.ts';
import { daemonSetPicture, deploymentPicture, isInnerPart, jobPicture, replicaSetPicture, statefulSetPicture } from './workloads.ts';

/** What a picture is made of; kinds that are left out count as empty. */
export interface PictureObjects {
  nodes: readonly Node[];
  pods: readonly Pod[];
  services?: readonly Service[];
  endpointSlices?: readonly EndpointSlice[];
  deployments?: readonly Deployment[];
  replicaSets?: readonly ReplicaSet[];
  statefulSets?: readonly StatefulSet[];
  daemonSets?: readonly DaemonSet[];
  jobs?: readonly Job[];
  events?: readonly Event[];
  faults?: readonly KubeObject[];
  /** By node. */
  usage?: ReadonlyMap<string, Usage>;
  stale?: boolean;
}

/** More than a page shows at once; older ones are what `shoal timeline` is for. */
const maxEvents = 100;

/** Pure: the same objects give the same picture, in an order that does not jump when one of them changes. */
export function pictureOf(objects: PictureObjects): Picture {
  const sets = new Map((objects.replicaSets ?? []).map((set) => [keyOf(set), set]));
  const shown = objects.pods.map((pod) => podPicture(pod, (key) => sets.get(key)));
  const podsByNode = Map.groupBy(objects.pods, (pod) => pod.spec?.nodeName ?? '');
  const shownByNode = Map.groupBy(shown.toSorted(byWorkload), (pod) => pod.node ?? '');
  const nodes = objects.nodes.map((node) => {
    const name = node.metadata.name ?? '';
    return nodePicture(node, podsByNode.get(name) ?? [], shownByNode.get(name) ?? [], objects.usage?.get(name));
  });
  const namespaces = new Set(shown.map(({ namespace }) => namespace));
  for (const service of objects.services ?? []) namespaces.add(service.metadata.namespace ?? '');
  return {
    nodes: [...nodes, ...lostNodes(nodes, shownByNode)].sort(byRoleAndName),
    pending: shownByNode.get('') ?? [],
    workloads: workloads(objects, shown),
    services: services(objects),
    events: (objects.events ?? [])
      .map(eventPicture)
      .sort((a, b) => b.at - a.at || b.uid.localeCompare(a.uid))
      .slice(0, maxEvents),
    faults: faultPictures(objects.faults ?? []),
    namespaces: [...namespaces].sort(compareNames),
    stale: objects.stale === true,
  };
}

/** Pods whose Node object is gone wait for the garbage collector: they are shown where they were. */
function lostNodes(known: readonly NodePicture[], pods: ReadonlyMap<string, PodPicture[]>): NodePicture[] {
  const names = new Set(['', ...known.map(({ name }) => name)]);
  return [...pods]
    .filter(([name]) => !names.has(name))
    .map(([name, here]) => ({ ...nodePicture({ metadata: { name } }, [], here, undefined), uid: `lost/${name}` }));
}

function workloads(objects: PictureObjects, pods: readonly PodPicture[]): WorkloadPicture[] {
  const owned = Map.groupBy(pods, ({ namespace, workload }) => `${workload?.kind}/${namespace}/${workload?.name}`);
  const podsOf = (kind: string, object: KubeObject): PodPicture[] => owned.get(`${kind}/${keyOf(object)}`) ?? [];
  const setsByOwner = Map.groupBy(objects.replicaSets ?? [], (set) => controllerOf(set)?.uid ?? '');
  return [
    ...(objects.deployments ?? []).map((each) => deploymentPicture(each, setsByOwner.get(each.metadata.uid ?? '-') ?? [])),
    ...(objects.replicaSets ?? []).filter((each) => !isInnerPart(each)).map(replicaSetPicture),
    ...(objects.statefulSets ?? []).map((each) => statefulSetPicture(each, podsOf('StatefulSet', each))),
    ...(objects.daemonSets ?? []).map((each) => daemonSetPicture(each, podsOf('DaemonSet', each))),
    ...(objects.jobs ?? []).map(jobPicture),
  ].sort((a, b) => compareNames(a.namespace, b.namespace) || compareNames(a.name, b.name) || a.kind.localeCompare(b.kind));
}

function services({ services: listed = [], endpointSlices = [] }: PictureObjects) {
  const slices = Map.groupBy(endpointSlices, ({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`);
  return listed
    .map((service) => servicePicture(service, slices.get(keyOf(service)) ?? []))
    .sort((a, b) => compareNames(a.namespace, b.namespace) || compareNames(a.name, b.name));
}

/** By workload, then by age: a new pod appears at the end of its own, and nobody else moves further than one place. */
const byWorkload = (a: PodPicture, b: PodPicture): number =>
  compareNames(a.namespace, b.namespace) ||
  compareNames(a.workload?.name ?? a.name, b.workload?.name ?? b.name) ||
  a.createdAt - b.createdAt ||
  compareNames(a.name, b.name);

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
