import type { Taint } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { Kubelet } from './options.ts';

export interface SimulatedNodeSpec {
  name: string;
  /** Default: the next address of 10.0.0.0/8. */
  nodeIP?: string;
  podCIDR?: string;
  /** Quantities; default 4 CPUs, 16Gi of memory, 100Gi of disk. */
  capacity?: Record<string, string>;
  maxPods?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  taints?: Taint[];
}

export interface SimulatedNodesOptions {
  /** That many nodes `simulated-0`…; or say each one in `specs`. */
  count?: number;
  specs?: SimulatedNodeSpec[];
  /** For `count`: names are `<prefix>-<index>`; default `simulated`. */
  namePrefix?: string;
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Lease renewal; default 10 s. */
  leaseRenewMs?: number;
  statusReportMs?: number;
  /** Uniform in [0, 1); jitter. */
  random?: () => number;
}

export interface SimulatedNodes {
  readonly kubelets: ReadonlyMap<string, Kubelet>;
  add(spec: SimulatedNodeSpec): Promise<Kubelet>;
  /** Stops a node's kubelet as if its machine died: no more leases, its pods' status stands still. */
  kill(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Kubelets on the simulated runtime, thousands to a process over one informer of pods. */
export async function startSimulatedNodes(_options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  throw new Error('being written');
}
