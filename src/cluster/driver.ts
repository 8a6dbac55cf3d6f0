import type { ClusterAccess, ClusterStatus, NewNode, UpOptions, UpResult } from './context.ts';
import type { Lifetime, Only } from './lifetime.ts';
import type { Snapshot } from './snapshots/archive.ts';
import type { Capture, CaptureOptions } from './snapshots/snapshot.ts';
import type { ClusterSpec } from './spec.ts';
import type { Restored } from './state/api-state.ts';

/**
 * What can be done to clusters of one sort, whatever their nodes are made of. Every function throws a ShoalError when it
 * cannot do its work, and none leaves a half of it behind. Implementations: node containers (`docker/docker-driver.ts`),
 * simulated nodes (`simulated/driver.ts`), and both at once (`every-cluster.ts`).
 */
export interface ClusterDriver {
  /**
   * Makes a cluster, and resolves when it is usable. A cluster of the same name and shape is started if need be
   * (`created: false`); another shape is CLUSTER_EXISTS.
   */
  up(spec: ClusterSpec, options?: UpOptions): Promise<UpResult>;
  /** Removes everything that the cluster is made of, if it is the one that is meant. Resolves to whether anything was removed. */
  down(cluster: string, only?: Only): Promise<boolean>;
  /** Throws CLUSTER_NOT_FOUND. */
  lifetime(cluster: string): Promise<Lifetime>;
  /** Of all clusters, by name; quicker than `list`. */
  lifetimes(): Promise<Map<string, Lifetime>>;
  /** @param expires milliseconds since the epoch; undefined: it stays until it is removed. */
  setExpiry(cluster: string, expires: number | undefined): Promise<void>;
  list(): Promise<ClusterStatus[]>;
  /** One cluster, with each node's Ready condition when its API server answers. */
  status(cluster: string): Promise<ClusterStatus>;
  /** The cluster stays stopped, with all that is in it, until it is started. */
  stop(cluster: string): Promise<void>;
  /** Resolves when the cluster is usable again. */
  start(cluster: string): Promise<void>;
  /** Back to the state just after `up`, in a cluster that runs; resolves when nothing of before is left. */
  reset(cluster: string): Promise<Restored>;
  /** Everything of a cluster that runs: its objects, and its volumes' data into files of `directory`. Pods are frozen meanwhile. */
  capture(cluster: string, directory: string, options: CaptureOptions): Promise<Capture>;
  /** Puts a snapshot of a cluster of the same shape into one that runs; resolves when the pods that were Ready are so again. */
  bringBack(cluster: string, snapshot: Snapshot): Promise<Restored>;
  /** What the machines under the cluster wrote, by name: node containers, or the process of a simulated cluster. */
  machineLogs(cluster: string): Promise<Map<string, string>>;
  /** What a kubeconfig is made of; works for a stopped cluster too. */
  access(cluster: string): Promise<ClusterAccess>;
  /** Resolves to the new worker's name when it is Ready. */
  addNode(cluster: string, node?: NewNode): Promise<string>;
  /** Drains a worker and removes it. The name may leave the cluster's out when `cluster` is given, here and below. */
  removeNode(node: string, cluster?: string): Promise<void>;
  /** As a power cut; the node stays down until {@link startNode}. */
  killNode(node: string, cluster?: string): Promise<void>;
  /** Resolves when the node has reported Ready again. */
  startNode(node: string, cluster?: string): Promise<void>;
  /** Brings images of this side's engine, or of `docker save` archives, into every running node. */
  load(cluster: string, images: readonly string[]): Promise<void>;
}
