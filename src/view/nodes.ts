import { podRequests } from '../api/pod-requests.ts';
import { parseQuantity, type QuantityLike } from '../api/quantity.ts';
import { simulatedNodes } from '../api/simulated.ts';
import type { Node, Pod } from '../api/types/core-v1.ts';
import type { NodePicture, NodeState, PodPicture } from './picture.ts';
import { time } from './time.ts';

/** What is measured on a node: cores and bytes. */
export interface Usage {
  cpu: number;
  memory: number;
}

const amount = (quantity: QuantityLike): number => Number(parseQuantity(quantity).nanos) / 1e9;

/** Objects are never changed in place, so what a pod asks for is worked out once. */
const requests = new WeakMap<Pod, Usage>();
function requestsOf(pod: Pod): Usage {
  const known = requests.get(pod);
  if (known !== undefined) return known;
  const { cpu, memory } = podRequests(pod);
  const worked = { cpu: amount(cpu), memory: amount(memory) };
  requests.set(pod, worked);
  return worked;
}

function stateOf(node: Node): NodeState {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return ready === 'True' ? 'Ready' : ready === 'False' ? 'NotReady' : 'Unknown';
}

const isControlPlane = ({ metadata }: Node): boolean => metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined;
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** `here` are the node's pods, `pods` their pictures. */
export function nodePicture(node: Node, here: readonly Pod[], pods: PodPicture[], usage: Usage | undefined): NodePicture {
  const asked = here.filter((pod) => !isOver(pod)).map(requestsOf);
  const offered = node.status?.allocatable ?? node.status?.capacity ?? {};
  const bar = (resource: 'cpu' | 'memory') => ({
    allocatable: amount(offered[resource]),
    requested: asked.reduce((sum, each) => sum + each[resource], 0),
    ...(usage === undefined ? {} : { used: usage[resource] }),
  });
  return {
    uid: node.metadata.uid ?? '',
    name: node.metadata.name ?? '',
    role: isControlPlane(node) ? 'control-plane' : 'worker',
    state: stateOf(node),
    schedulable: node.spec?.unschedulable !== true,
    simulated: node.metadata.labels?.[simulatedNodes.label] === 'true',
    pressure: (node.status?.conditions ?? []).filter(({ type, status }) => type !== 'Ready' && status === 'True').map(({ type }) => type),
    cpu: bar('cpu'),
    memory: bar('memory'),
    maxPods: amount(offered['pods']),
    createdAt: time(node.metadata.creationTimestamp),
    pods,
  };
}

/** Control planes first, then by name with numbers as numbers: `worker2` before `worker10`. */
export const byRoleAndName = (a: NodePicture, b: NodePicture): number =>
  a.role === b.role ? compareNames(a.name, b.name) : a.role === 'control-plane' ? -1 : 1;

const collator = new Intl.Collator('en', { numeric: true });
export const compareNames = (a: string, b: string): number => collator.compare(a, b);
