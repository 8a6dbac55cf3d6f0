import type { Endpoint, FaultSpec } from './fault.ts';

/**
 * Who carries a fault out on a real node. `agent`: a process of its own in the node, which outlives the kubelet. `kubelet`: the
 * kubelet's process. `control-plane`: the server's. A simulated node's faults are all carried out by the process that pretends
 * to be it.
 */
export type ExecutorName = 'agent' | 'kubelet' | 'control-plane';

/** Every action: who executes it, and whether it hits `spec.nodes`. */
export const actions = {
  NodeKill: { executor: 'agent' },
  NodePause: { executor: 'agent' },
  NodeRestart: { executor: 'agent' },
  NodeDisconnect: { executor: 'agent' },
  NetworkCut: { executor: 'agent' },
  NetworkDelay: { executor: 'agent' },
  NetworkDrop: { executor: 'agent' },
  NetworkThrottle: { executor: 'agent' },
  DiskFill: { executor: 'agent' },
  MemoryEat: { executor: 'agent' },
  CpuEat: { executor: 'agent' },
  ClockSkew: { executor: 'kubelet' },
  ImagesFail: { executor: 'kubelet' },
  ImagesSlow: { executor: 'kubelet' },
  ControlPlaneCrash: { executor: 'control-plane' },
  ControlPlaneStall: { executor: 'control-plane' },
} as const satisfies Record<string, { executor: ExecutorName }>;
export type ActionName = keyof typeof actions;

/** The action that a valid spec names; undefined for none (a spec from before validation, or of a later version). */
export function actionOf(spec: FaultSpec): ActionName | undefined {
  const { node, network, disk, memory, cpu, clock, images, controlPlane } = spec;
  if (node !== undefined) return `Node${node.action}`;
  if (network !== undefined) return `Network${network.action}`;
  if (disk !== undefined) return 'DiskFill';
  if (memory !== undefined) return 'MemoryEat';
  if (cpu !== undefined) return 'CpuEat';
  if (clock !== undefined) return 'ClockSkew';
  if (images !== undefined) return `Images${images.action}`;
  return controlPlane === undefined ? undefined : `ControlPlane${controlPlane.action}`;
}

/** One side of a network fault in a few words. */
export function endpointText({ node, pods, service }: Endpoint): string {
  if (node !== undefined) return node;
  if (service !== undefined) return `${service.namespace ?? 'default'}/${service.name}`;
  const labels = Object.entries(pods?.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return `pods ${labels.join(',') || 'of'} ${labels.length > 0 ? 'in ' : ''}${pods?.namespace ?? 'default'}`;
}

/** What a fault hits in a few words; `nodes` are the names that the controller chose. */
export function targetText(spec: FaultSpec, nodes: readonly string[]): string {
  const { network, controlPlane } = spec;
  if (network !== undefined) return `${endpointText(network.from)} <-> ${endpointText(network.to)}`;
  if (controlPlane !== undefined) return controlPlane.controller ?? controlPlane.component;
  return nodes.length <= 2 ? nodes.join(', ') : `${nodes.length} nodes`;
}
