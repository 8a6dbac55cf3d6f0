import { ShoalError } from '../util/errors.ts';
import type { NodeRole, NodeSpec } from './provider.ts';
import type { ControllerSettings, TaintConfig } from './role-config.ts';

/** What a cluster is asked to be, once its configuration file has been read, defaulted and validated. */
export interface ClusterSpec {
  name: string;
  nodes: ClusterNodeSpec[];
  networking: {
    podSubnet: string;
    serviceSubnet: string;
    clusterDomain: string;
    /** Address of this machine at which the API server and the gateway are published. */
    apiServerAddress: string;
    /** 0: Shoal picks a free port, and keeps it for the cluster's life. */
    apiServerPort: number;
    /** 0: the first free port from 8080 upwards. */
    gatewayPort: number;
  };
  controllers: ControllerSettings;
  /** A registry in the control plane; absent: none. `port` is of this machine, 0: the first free one from 5000 upwards. */
  registry?: { port: number };
  /** Images of this machine's engine (or paths of archives) to load into every node. */
  images: string[];
  /** How long it lives from `up` on, milliseconds; absent: until it is removed. */
  ttlMs?: number;
}

export interface ClusterNodeSpec {
  name: string;
  role: NodeRole;
  /** Another node image than Shoal's own; it must have been built from it. */
  image?: string;
  labels: Record<string, string>;
  taints: TaintConfig[];
  /** CPU in cores, memory in bytes. */
  resources: { cpu?: number; memory?: number };
  mounts: NodeSpec['mounts'];
  /** Published besides the API server and the gateway. */
  ports: NodeSpec['ports'];
}

export const defaultNetworking: ClusterSpec['networking'] = {
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
  clusterDomain: 'cluster.local',
  apiServerAddress: '127.0.0.1',
  apiServerPort: 0,
  gatewayPort: 0,
};

/** kind's names: `<cluster>-control-plane`, `<cluster>-worker`, `<cluster>-worker2`, …; `index` counts from 1 within the role. */
export const nodeName = (cluster: string, role: NodeRole, index: number): string => `${cluster}-${role}${index === 1 ? '' : String(index)}`;

/** The first worker name of the cluster that `taken` does not hold. */
export function nextWorkerName(cluster: string, taken: ReadonlySet<string>): string {
  let index = 1;
  while (taken.has(nodeName(cluster, 'worker', index))) index++;
  return nodeName(cluster, 'worker', index);
}

export const plainNode = (name: string, role: NodeRole): ClusterNodeSpec => ({
  name,
  role,
  labels: {},
  taints: [],
  resources: {},
  mounts: [],
  ports: [],
});

/** One control plane and `workers` workers with every default. */
export function defaultClusterSpec(name: string, workers: number): ClusterSpec {
  return {
    name,
    nodes: [
      plainNode(nodeName(name, 'control-plane', 1), 'control-plane'),
      ...Array.from({ length: workers }, (_, index) => plainNode(nodeName(name, 'worker', index + 1), 'worker')),
    ],
    networking: { ...defaultNetworking },
    controllers: {},
    images: [],
  };
}

/** The one node that holds the control plane. */
export function controlPlaneOf(spec: ClusterSpec): ClusterNodeSpec {
  const [first, ...others] = spec.nodes.filter((node) => node.role === 'control-plane');
  if (first === undefined || others.length > 0) {
    throw new ShoalError('CONFIG_INVALID', `cluster ${spec.name} has ${others.length === 0 ? 'no' : 'more than one'} control-plane node`, {
      next: 'Give exactly one node the role control-plane.',
    });
  }
  return first;
}
