import type { Node, NodeSystemInfo, Pod, Taint } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import type { Informer, InformerFactory } from '../client/informer.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { Usage } from './node/node-usage.ts';
import type { ObjectSource } from './objects.ts';
import type { PodSource } from './pod-source.ts';
import type { ContainerRuntime } from './runtime/runtime.ts';
import type { KubeletServerBackend } from './server/backend.ts';

export interface KubeletOptions {
  nodeName: string;
  client: Client;
  informers: InformerFactory;
  runtime: ContainerRuntime;
  clock: Clock;
  log: Logger;
  /** Ends the kubelet like `stop()`; pods keep running. */
  signal: AbortSignal;
  nodeIP: string;
  /** Written to `spec.podCIDR`; leave out where a controller allocates it. */
  podCIDR?: string;
  /** Address of cluster DNS; empty where the cluster has none. */
  clusterDNS: string;
  clusterDomain: string;
  /** Quantities: `cpu`, `memory`, `ephemeral-storage`, extended resources. */
  capacity: Record<string, string>;
  /** Quantities kept from pods: allocatable is capacity less these. */
  reserved?: Record<string, string>;
  maxPods?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  taints?: Taint[];
  /** Where the kubelet's server listens; 0 when it has none. */
  kubeletPort: number;
  /** Facts of the machine as `status.nodeInfo` shows them. */
  system?: Partial<NodeSystemInfo>;
  /** Volumes, logs and hosts files of pods live here; absent: nothing is written to disk (simulated nodes). */
  rootDir?: string;
  /** Pods bound to this node; default: an informer of its own with `spec.nodeName=NAME`. */
  pods?: PodSource;
  /** ConfigMaps and Secrets; default: a watch for each object that a pod refers to. */
  objects?: ObjectSource;
  /** What the node as a whole uses; absent where only its containers can be measured. */
  nodeUsage?: () => Promise<Usage>;
  /** What the node runs short of, as its conditions say; default nothing. */
  pressures?: () => ReadonlySet<'MemoryPressure' | 'DiskPressure'>;
  /** Where this node's own object is read; default: an informer of its own. */
  nodes?: Informer<Node>;
  /** Lease renewal; default 10 s. */
  leaseRenewMs?: number;
  /** Node status when nothing changed; default 5 min. */
  statusReportMs?: number;
  /** How often the runtime is listed in case an event was missed; 0 never, default 10 s. */
  relistMs?: number;
  /** Uniform in [0, 1); jitter. */
  random?: () => number;
}

export interface Kubelet {
  readonly nodeName: string;
  /** What the kubelet's HTTP server serves from. */
  readonly backend: KubeletServerBackend;
  /** The pods as this kubelet last saw them, with the status it last made. */
  pods(): Pod[];
  /** Resolves when all loops have ended. Pods keep running. */
  stop(): Promise<void>;
}
