import type { Problem } from '../../util/yaml-problems.ts';
import type { NodeRole } from '../provider.ts';
import { type ClusterSpec, defaultNetworking, nodeName, plainNode } from '../spec.ts';
import { type MountConfig, type PortMapping, toMount, toPort } from './from-shoal.ts';

interface KindFile {
  name?: string;
  nodes?: {
    role?: NodeRole;
    image?: string;
    labels?: Record<string, string>;
    extraMounts?: MountConfig[];
    extraPortMappings?: PortMapping[];
    kubeadmConfigPatches?: string[];
  }[];
  networking?: {
    ipFamily?: string;
    apiServerPort?: number;
    apiServerAddress?: string;
    podSubnet?: string;
    serviceSubnet?: string;
    disableDefaultCNI?: boolean;
    kubeProxyMode?: string;
  };
  [other: string]: unknown;
}

/** Fields of a kind file that configure programs which are not part of Shoal. */
const foreign = [
  'featureGates',
  'runtimeConfig',
  'kubeadmConfigPatches',
  'kubeadmConfigPatchesJSON6902',
  'containerdConfigPatches',
  'containerdConfigPatchesJSON6902',
] as const;

/** kind's file in Shoal's terms. What has no meaning here is named in `warnings`, never refused. */
export function fromKind(
  file: KindFile,
  overrides: { name?: string; defaultName: string },
): { spec: ClusterSpec; problems: Problem[]; warnings: string[] } {
  const name = overrides.name ?? file.name ?? 'kind';
  const warnings: string[] = [];
  const listed = file.nodes !== undefined && file.nodes.length > 0 ? file.nodes : [{}];
  const workers = listed.filter((node) => node.role === 'worker').length;
  const counts = { 'control-plane': 0, worker: 0 };
  const nodes = listed.map((node) => {
    let role: NodeRole = node.role ?? 'control-plane';
    if (role === 'control-plane' && counts['control-plane'] > 0) {
      warnings.push('more than one control-plane node: Shoal runs one control plane, so the others become workers');
      role = 'worker';
    }
    counts[role]++;
    if (node.image !== undefined) warnings.push(`image ${node.image} is a node image of kind; Shoal's own is used`);
    if (node.kubeadmConfigPatches !== undefined) warnings.push('nodes[].kubeadmConfigPatches is ignored: there is no kubeadm');
    return {
      ...plainNode(nodeName(name, role, counts[role]), role),
      labels: node.labels ?? {},
      // As kubeadm does it: with workers around, ordinary pods stay off the control plane.
      taints:
        role === 'control-plane' && workers > 0 ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' as const }] : [],
      mounts: (node.extraMounts ?? []).map(toMount),
      ports: (node.extraPortMappings ?? []).map((port) => toPort({ ...port, listenAddress: port.listenAddress ?? '0.0.0.0' })),
    };
  });
  for (const field of foreign)
    if (file[field] !== undefined) warnings.push(`${field} is ignored: it configures a component that Shoal does not have`);
  const networking = file.networking ?? {};
  if (networking.ipFamily !== undefined && networking.ipFamily !== 'ipv4')
    warnings.push(`networking.ipFamily ${networking.ipFamily} is ignored: Shoal's network is IPv4`);
  if (networking.disableDefaultCNI === true) warnings.push('networking.disableDefaultCNI is ignored: pod networking is part of the node');
  return {
    spec: {
      name,
      nodes,
      networking: {
        ...defaultNetworking,
        ...(networking.podSubnet === undefined ? {} : { podSubnet: networking.podSubnet }),
        ...(networking.serviceSubnet === undefined ? {} : { serviceSubnet: networking.serviceSubnet }),
        ...(networking.apiServerAddress === undefined ? {} : { apiServerAddress: networking.apiServerAddress }),
        // kind's -1 and 0 both mean "a port that is free".
        apiServerPort: Math.max(0, networking.apiServerPort ?? 0),
      },
      controllers: {},
      images: [],
    },
    problems: [],
    warnings: [...new Set(warnings)],
  };
}
