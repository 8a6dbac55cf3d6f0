import { formatQuantity, milliQuantity, milliValue, quantityOf, quantityToNumber } from '../../api/quantity.ts';
import { simulatedNodes } from '../../api/simulated.ts';
import type { Node } from '../../api/types/core-v1.ts';
import type { NodeStatus } from '../context.ts';
import type { NodePlace } from '../plan.ts';
import type { ClusterNodeSpec } from '../spec.ts';
import { notReady } from '../wait/nodes-ready.ts';

/** Shared address space (RFC 6598): addresses of simulated nodes, which nothing answers at, must not be anybody's on this machine. */
export const simulatedNodeSubnet = '100.64.0.0/10';

const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';

/** The Node that makes the cluster's process run a kubelet of that name and size. */
export function nodeObject(node: ClusterNodeSpec, place: NodePlace): Node {
  const { cpu, memory } = node.resources;
  const capacity = {
    ...(cpu === undefined ? {} : { cpu: formatQuantity(milliQuantity(Math.round(cpu * 1000))) }),
    ...(memory === undefined ? {} : { memory: formatQuantity(quantityOf(Math.round(memory), 'BinarySI')) }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'kubernetes.io/hostname': node.name,
        ...(node.role === 'control-plane' ? { [controlPlaneLabel]: '' } : {}),
        ...node.labels,
        [simulatedNodes.label]: 'true',
      },
    },
    spec: { podCIDR: place.podCIDR, podCIDRs: [place.podCIDR], ...(node.taints.length === 0 ? {} : { taints: node.taints }) },
    status: { addresses: [{ type: 'InternalIP', address: place.ip }], ...(Object.keys(capacity).length === 0 ? {} : { capacity }) },
  };
}

export const isKilled = (node: Node): boolean => node.metadata.annotations?.[simulatedNodes.killed] !== undefined;

export const addressOf = (node: Node): string => node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';

/** A running cluster's node, as `status` shows it. */
export function statusOfNode(node: Node): NodeStatus {
  const { cpu, memory } = node.status?.capacity ?? {};
  const known = node.status?.conditions?.some(({ type }) => type === 'Ready') === true;
  return {
    name: node.metadata.name ?? '',
    role: node.metadata.labels?.[controlPlaneLabel] === undefined ? 'worker' : 'control-plane',
    running: !isKilled(node),
    ...(known ? { ready: notReady(node, 0) === undefined } : {}),
    ip: addressOf(node),
    podCIDR: node.spec?.podCIDR ?? '',
    resources: {
      ...(cpu === undefined ? {} : { cpu: milliValue(cpu) / 1000 }),
      ...(memory === undefined ? {} : { memory: quantityToNumber(memory) }),
    },
  };
}

/** The control plane first, then `worker2` before `worker10`. */
export const inOrder = (nodes: readonly NodeStatus[]): NodeStatus[] =>
  nodes.toSorted((a, b) =>
    a.role === b.role ? a.name.localeCompare(b.name, 'en', { numeric: true }) : a.role === 'control-plane' ? -1 : 1,
  );
