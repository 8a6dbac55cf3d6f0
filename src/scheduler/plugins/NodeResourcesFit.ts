import type { Node, Pod } from '../../api/types/core-v1.ts';
import { createNodeInfo, type NodeInfo } from '../cache/node-info.ts';
import { podInfoOf } from '../cache/pod-info.ts';
import { type Resources, requestsOf } from '../cache/resources.ts';
import { before, type ClusterEvent, changed } from '../framework/events.ts';
import { maxNodeScore, type Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'NodeResourcesFit';
export const tooManyPods = 'Too many pods';
const { unschedulable, unresolvable } = statusesOf(name);

/** Names a shortfall; `never` when not even the empty node would do. */
interface Shortfall {
  reason: string;
  never: boolean;
}

/** Requests must fit into what the node has left; emptier nodes are preferred (strategy LeastAllocated, cpu and memory alike). */
export const createNodeResourcesFit = (): Plugin => ({
  name,
  events: [
    { resource: 'AssignedPod', actions: ['Delete', 'UpdatePodScaleDown'], hint: freesSomethingFor },
    { resource: 'UnscheduledPod', actions: ['UpdatePodScaleDown'] },
    { resource: 'Node', actions: ['Add', 'UpdateNodeAllocatable'], hint: emptyNodeWouldDo },
  ],
  filter(_state, { requests }, node) {
    if (fitsAll(requests, node)) return undefined;
    const short = shortfalls(requests, node);
    if (short.length === 0) return undefined;
    return (short.some(({ never }) => never) ? unresolvable : unschedulable)(...short.map(({ reason }) => reason));
  },
  score(_state, { nonZeroRequests }, { allocatable, nonZeroRequested }) {
    let sum = 0;
    let weight = 0;
    if (allocatable.milliCPU > 0) {
      sum += leftover(nonZeroRequested.milliCPU + nonZeroRequests.milliCPU, allocatable.milliCPU);
      weight++;
    }
    if (allocatable.memory > 0) {
      sum += leftover(nonZeroRequested.memory + nonZeroRequests.memory, allocatable.memory);
      weight++;
    }
    return weight === 0 ? 0 : Math.trunc(sum / weight);
  },
  sign: ({ requests, nonZeroRequests }) => `${textOf(requests)};${nonZeroRequests.milliCPU},${nonZeroRequests.memory}`,
});

const leftover = (requested: number, allocatable: number): number =>
  requested > allocatable ? 0 : Math.trunc(((allocatable - requested) * maxNodeScore) / allocatable);

const textOf = ({ milliCPU, memory, ephemeralStorage, scalar }: Resources): string =>
  `${milliCPU},${memory},${ephemeralStorage},${scalar.size === 0 ? '' : JSON.stringify([...scalar].sort())}`;

/** The common case without making anything. */
const fitsAll = (wanted: Resources, { pods, allowedPods, allocatable, requested }: NodeInfo): boolean =>
  pods.size < allowedPods &&
  wanted.scalar.size === 0 &&
  (wanted.milliCPU === 0 || wanted.milliCPU <= allocatable.milliCPU - requested.milliCPU) &&
  (wanted.memory === 0 || wanted.memory <= allocatable.memory - requested.memory) &&
  (wanted.ephemeralStorage === 0 || wanted.ephemeralStorage <= allocatable.ephemeralStorage - requested.ephemeralStorage);

function shortfalls(wanted: Resources, { pods, allowedPods, allocatable, requested }: NodeInfo): Shortfall[] {
  const found: Shortfall[] = [];
  if (pods.size + 1 > allowedPods) found.push({ reason: tooManyPods, never: false });
  const check = (resource: string, want: number, total: number, used: number): void => {
    if (want > 0 && want > total - used) found.push({ reason: `Insufficient ${resource}`, never: want > total });
  };
  check('cpu', wanted.milliCPU, allocatable.milliCPU, requested.milliCPU);
  check('memory', wanted.memory, allocatable.memory, requested.memory);
  check('ephemeral-storage', wanted.ephemeralStorage, allocatable.ephemeralStorage, requested.ephemeralStorage);
  for (const [resource, want] of wanted.scalar) {
    check(resource, want, allocatable.scalar.get(resource) ?? 0, requested.scalar.get(resource) ?? 0);
  }
  return found;
}

/** A pod that goes away frees a place; one that shrinks must have held what the waiting pod wants. */
function freesSomethingFor(pod: Pod, event: ClusterEvent): boolean {
  const gone = before<Pod>(event);
  if (event.action === 'Delete' || gone === undefined) return true;
  const wanted = requestsOf(pod);
  const held = requestsOf(gone);
  return (
    (wanted.milliCPU > 0 && held.milliCPU > 0) ||
    (wanted.memory > 0 && held.memory > 0) ||
    (wanted.ephemeralStorage > 0 && held.ephemeralStorage > 0) ||
    wanted.scalar.keys().some((resource) => (held.scalar.get(resource) ?? 0) > 0)
  );
}

function emptyNodeWouldDo(pod: Pod, event: ClusterEvent): boolean {
  const node = changed<Node>(event);
  return node === undefined || shortfalls(podInfoOf(pod).requests, createNodeInfo(node)).length === 0;
}
