import { podRequests, type ResourceList } from '../../api/pod-requests.ts';
import { milliValue, parseQuantity, quantityToNumber } from '../../api/quantity.ts';
import { kinds } from '../../api/scheme.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/types/core-v1.ts';
import type { StorageClass } from '../../api/types/storage-v1.ts';
import type { World } from '../world.ts';

/** By resource: cpu in thousandths, everything else in its own unit. */
export type Amounts = ReadonlyMap<string, number>;

export interface NodeState {
  readonly name: string;
  readonly node: Node;
  /** Those that count against it: assigned and not ended. */
  readonly pods: readonly Pod[];
  readonly allocatable: Amounts;
  readonly used: Amounts;
}

/** Everything that decides where a pod can go, as the API tells it. */
export interface Scene {
  readonly nodes: readonly NodeState[];
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined;
  readonly volumes: readonly PersistentVolume[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly classes: readonly StorageClass[];
}

const scenes = new WeakMap<World, Promise<Scene>>();

/** Made once per world. */
export function sceneOf(world: World): Promise<Scene> {
  const known = scenes.get(world);
  if (known !== undefined) return known;
  const making = makeScene(world);
  scenes.set(world, making);
  return making;
}

async function makeScene(world: World): Promise<Scene> {
  const [nodes, pods, namespaces, volumes, claims, classes] = await Promise.all([
    world.list(kinds.Node),
    world.list(kinds.Pod),
    world.list(kinds.Namespace),
    world.list(kinds.PersistentVolume),
    world.list(kinds.PersistentVolumeClaim),
    world.list(kinds.StorageClass),
  ]);
  const byNode = Map.groupBy(pods.filter(counts), ({ spec }) => spec?.nodeName ?? '');
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name ?? '', metadata.labels ?? {}]));
  return {
    nodes: nodes.map((node) => stateOf(node, byNode.get(node.metadata.name ?? '') ?? [])),
    namespaceLabels: (name) => labels.get(name),
    volumes,
    claims,
    classes,
  };
}

const counts = ({ spec, status }: Pod): boolean =>
  (spec?.nodeName ?? '') !== '' && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';

export function stateOf(node: Node, pods: readonly Pod[]): NodeState {
  const used = new Map<string, number>([['pods', pods.length]]);
  for (const pod of pods) {
    for (const [resource, amount] of requestsOf(pod)) used.set(resource, (used.get(resource) ?? 0) + amount);
  }
  const allocatable = Object.entries(node.status?.allocatable ?? {}).map(([name, text]) => [name, parseQuantity(text)] as const);
  return { name: node.metadata.name ?? '', node, pods, allocatable: amountsOf(Object.fromEntries(allocatable)), used };
}

export const requestsOf = (pod: Pod): Amounts => amountsOf(podRequests(pod));

const amountsOf = (list: ResourceList): Amounts =>
  new Map(Object.entries(list).map(([name, quantity]) => [name, name === 'cpu' ? milliValue(quantity) : quantityToNumber(quantity)]));
