import { nodePorts, poolSize } from '../role-config.ts';
import type { ClusterSpec } from '../spec.ts';
import { overlap, parseCidr } from './values.ts';

export interface SpecProblem {
  path: (string | number)[];
  message: string;
}

/** Rules between values; each value by itself is as its schema says. Used for files and for flags alike. */
export function checkSpec(spec: ClusterSpec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const report = (path: (string | number)[], message: string): void => void problems.push({ path, message });

  const controlPlanes = spec.nodes.filter((node) => node.role === 'control-plane').length;
  if (controlPlanes !== 1) report(['nodes'], `there must be exactly one control-plane node, not ${controlPlanes}`);
  const names = new Set<string>();
  for (const node of spec.nodes) {
    if (names.has(node.name)) report(['nodes'], `two nodes are named ${node.name}`);
    names.add(node.name);
    if (node.resources.memory !== undefined && node.resources.memory < 128 * 1024 * 1024) {
      report(['nodes'], `node ${node.name}: memory below 128Mi does not hold a container engine`);
    }
  }
  const taken = new Map<string, string>();
  for (const node of spec.nodes) {
    for (const port of node.ports) {
      if (port.hostPort === 0) continue;
      const key = `${port.protocol} port ${port.hostPort}`;
      const other = taken.get(key);
      if (other !== undefined) report(['nodes'], `${key} of this machine is wanted by ${other} and by ${node.name}`);
      taken.set(key, node.name);
    }
  }

  const registryPort = spec.registry?.port ?? 0;
  if (registryPort !== 0 && inNodes(registryPort)) {
    report(['registry', 'port'], `${registryPort} is taken inside the nodes, where the registry has the same port`);
  }
  const { podSubnet, serviceSubnet, apiServerPort, gatewayPort } = spec.networking;
  const pods = parseCidr(podSubnet);
  const services = parseCidr(serviceSubnet);
  if (pods === undefined || services === undefined) return problems;
  if (pods.bits > 22)
    report(['networking', 'podSubnet'], `${podSubnet} is too small: every node takes a /24 of it, so it must be a /22 or larger`);
  else if (2 ** (24 - pods.bits) < spec.nodes.length)
    report(['networking', 'podSubnet'], `${podSubnet} has no /24 for each of ${spec.nodes.length} nodes`);
  if (services.bits > 24 || services.bits < 12) report(['networking', 'serviceSubnet'], `${serviceSubnet} must be between a /12 and a /24`);
  if (overlap(pods, services)) {
    report(['networking', 'serviceSubnet'], `${serviceSubnet} overlaps with podSubnet ${podSubnet}`);
  }
  if (apiServerPort !== 0 && apiServerPort === gatewayPort)
    report(['networking', 'gatewayPort'], 'apiServerPort and gatewayPort must differ');
  if (registryPort !== 0 && (registryPort === apiServerPort || registryPort === gatewayPort))
    report(['registry', 'port'], 'the registry must have another port than the API server and the gateway');
  return problems;
}

/** Ports at which something else listens in a node: Shoal's own, those of exposed Services, and those of type NodePort. */
const inNodes = (port: number): boolean =>
  port === nodePorts.apiServer ||
  port === nodePorts.gateway ||
  port === nodePorts.kubelet ||
  (port >= nodePorts.firstOfPool && port < nodePorts.firstOfPool + poolSize) ||
  (port >= 30_000 && port <= 32_767);
