import type { Readable } from 'node:stream';

/** The state of a cluster lives in these labels of its containers, networks and volumes; nothing is kept in side files. */
export const clusterLabels = {
  cluster: 'dev.shoal.cluster',
  role: 'dev.shoal.role',
  node: 'dev.shoal.node',
  /** Which making of the cluster's name this is; on every node. */
  instance: 'dev.shoal.instance',
  /** JSON of what `up` was asked for, on the control-plane container: enough to start, add nodes and print status. */
  spec: 'dev.shoal.spec',
  /** The node's part of the pod network. */
  podCIDR: 'dev.shoal.pod-cidr',
  /** JSON of the sizes that the node was given. */
  resources: 'dev.shoal.resources',
  /** The image that the node was made from; nodes added later are made from the same. */
  image: 'dev.shoal.node-image',
} as const;

export type NodeRole = 'control-plane' | 'worker';

export interface NodeSpec {
  cluster: string;
  /** The container's and the node's name, such as `demo-worker2`. */
  name: string;
  role: NodeRole;
  image: string;
  network: string;
  /** Fixed, so that it survives every restart. */
  ip: string;
  /** The node's part of the pod network, such as `10.244.1.0/24`. */
  podCIDR: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  /** Files put into the container before its first start, absolute path → content. */
  files: Record<string, { content: string | Buffer; mode: number }>;
  ports: { host: string; hostPort: number; containerPort: number; protocol: 'tcp' | 'udp' }[];
  mounts: { hostPath: string; containerPath: string; readOnly: boolean }[];
  /** Enforced by the engine and seen by the scheduler. CPU in cores, memory in bytes; absent is the machine's own. */
  resources: { cpu?: number; memory?: number };
}

export interface NodeState {
  name: string;
  cluster: string;
  role: NodeRole;
  running: boolean;
  /** Milliseconds since the epoch; absent when it never ran. */
  startedAt: number | undefined;
  exitCode: number | undefined;
  ip: string;
  ports: NodeSpec['ports'];
  labels: Record<string, string>;
}

export interface NetworkState {
  name: string;
  cluster: string;
  subnet: string;
  gateway: string;
}

export interface EngineInfo {
  version: string;
  cgroupVersion: 1 | 2;
  cpus: number;
  memory: number;
  architecture: string;
  /** Lower-case capability names without `cap_` that the engine can give to a container. */
  capabilities: readonly string[];
}

/**
 * Node containers on some engine. Creation fails whole or succeeds whole; removing what is not there is success. No type of
 * the engine's client library crosses this line.
 */
export interface Provider {
  info(): Promise<EngineInfo>;
  createNetwork(cluster: string): Promise<NetworkState>;
  networks(): Promise<NetworkState[]>;
  removeNetwork(cluster: string): Promise<void>;
  /** Creates the container (with its volume) but does not start it. */
  createNode(spec: NodeSpec): Promise<void>;
  startNode(name: string): Promise<void>;
  /** SIGTERM, then SIGKILL after the grace. */
  stopNode(name: string, graceSeconds: number): Promise<void>;
  /** SIGKILL at once. */
  killNode(name: string): Promise<void>;
  /** Removes the container and its volumes, running or not. */
  removeNode(name: string): Promise<void>;
  /** Volumes of the cluster that no node container holds any more, such as those of one that was removed by hand. */
  removeVolumes(cluster: string): Promise<void>;
  /** All nodes of one cluster, or of every cluster. */
  nodes(cluster?: string): Promise<NodeState[]>;
  /** What the container wrote to its standard output and error, newest `tail` lines. */
  nodeLogs(name: string, options: { tail?: number; follow?: boolean; signal?: AbortSignal }): Promise<Readable>;
  /** Runs a command in the container and gathers its output. */
  exec(name: string, command: string[], stdin?: Readable): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** What a command writes to its standard output, as it comes; the stream fails when the command does. */
  output(name: string, command: string[]): Promise<Readable>;
  readFile(name: string, path: string): Promise<Buffer>;
  writeFiles(name: string, files: NodeSpec['files']): Promise<void>;
}
