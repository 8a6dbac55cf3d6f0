/**
 * Everything that is done to clusters from outside, one function a command. Each throws a ShoalError when it cannot do its
 * work, and none leaves a half of it behind.
 */
import { text } from 'node:stream/consumers';
import { accessTo, controlPlaneAmong, nodesOf } from './access.ts';
import type { ClusterAccess, ClusterContext, ClusterStatus, NewNode, UpOptions, UpResult } from './context.ts';
import { down } from './down.ts';
import { kill, start, startOne, stop } from './lifecycle.ts';
import type { Lifetime, Only } from './lifetime.ts';
import { lifetimeAmong, writeLifetime } from './lifetime-file.ts';
import { loadInto } from './load/load-images.ts';
import { add, remove } from './nodes.ts';
import type { NodeState } from './provider.ts';
import type { ClusterSpec } from './spec.ts';
import type { Restored } from './state/api-state.ts';
import { reset } from './state/reset.ts';
import { list, status } from './status.ts';
import { up } from './up.ts';

const logLines = 10_000;

/**
 * Makes a cluster, and resolves when it is usable: all nodes Ready, the default ServiceAccount there, DNS and gateway
 * answering. A cluster of the same name and shape is started if need be (`created: false`); another shape is CLUSTER_EXISTS.
 */
export const upCluster = (context: ClusterContext, spec: ClusterSpec, options?: UpOptions): Promise<UpResult> => up(context, spec, options);

/** Removes every container, network and volume of a cluster, found by label. Resolves to whether there was anything. */
export const downCluster = (context: ClusterContext, cluster: string, only?: Only): Promise<boolean> => down(context, cluster, only);

/** Which making of its name a cluster is, and when it expires. */
export const clusterLifetime = async (context: ClusterContext, cluster: string): Promise<Lifetime> =>
  lifetimeAmong(context, await nodesOf(context, cluster));

/** The same of every cluster, by name. */
export const allLifetimes = async (context: ClusterContext): Promise<Map<string, Lifetime>> => {
  const byCluster = Map.groupBy(await context.provider.nodes(), (node) => node.cluster);
  return new Map(await Promise.all([...byCluster].map(async ([name, nodes]) => [name, await lifetimeAmong(context, nodes)] as const)));
};

/** When whoever notices may remove the cluster; undefined: never. */
export const setClusterExpiry = async (context: ClusterContext, cluster: string, expires: number | undefined): Promise<void> =>
  writeLifetime(context, controlPlaneAmong(await nodesOf(context, cluster)), expires);

/** All clusters of the engine, by what their containers say. */
export const listClusters = (context: ClusterContext): Promise<ClusterStatus[]> => list(context);

/** One cluster, with each node's Ready condition when its API server answers. */
export const clusterStatus = (context: ClusterContext, cluster: string): Promise<ClusterStatus> => status(context, cluster);

/** What node containers and their daemons wrote, by node; their last lines. */
export const machineLogs = async (context: ClusterContext, cluster: string): Promise<Map<string, string>> => {
  const read = async ({ name }: NodeState): Promise<[string, string]> => [
    name,
    await text(await context.provider.nodeLogs(name, { tail: logLines })),
  ];
  return new Map(await Promise.all((await nodesOf(context, cluster)).map(read)));
};

/**
 * Takes a running cluster back to the state just after `up`: objects, pods and their volumes' data. Resolves when nothing of
 * what was there before is left and the cluster is usable.
 */
export const resetCluster = (context: ClusterContext, cluster: string): Promise<Restored> => reset(context, cluster);

/** Stops all nodes, workers first; the cluster stays stopped until it is started, whatever the engine does. */
export const stopCluster = (context: ClusterContext, cluster: string): Promise<void> => stop(context, cluster);

/** Starts all nodes, and resolves when the cluster is usable. */
export const startCluster = (context: ClusterContext, cluster: string): Promise<void> => start(context, cluster);

/** Adds a worker to a running cluster, and resolves to its name when it is Ready. */
export const addNode = (context: ClusterContext, cluster: string, node?: NewNode): Promise<string> => add(context, cluster, node);

/** Drains a worker, removes its container and volumes, and deletes its Node. */
export const removeNode = (context: ClusterContext, node: string, cluster?: string): Promise<void> => remove(context, node, cluster);

/** SIGKILL of a node's container, as a power cut; it stays down until {@link startNode}. */
export const killNode = (context: ClusterContext, node: string, cluster?: string): Promise<void> => kill(context, node, cluster);

/** Starts a node that was killed or stopped, and resolves when it has reported Ready again. */
export const startNode = (context: ClusterContext, node: string, cluster?: string): Promise<void> => startOne(context, node, cluster);

/** Brings images of the engine on this side, or of `docker save` archives, into every running node at once. */
export const loadImages = async (context: ClusterContext, cluster: string, references: readonly string[]): Promise<void> =>
  loadInto(context, await nodesOf(context, cluster), references);

/** What a kubeconfig for the cluster is made of; works for a stopped cluster too. */
export const clusterAccess = async (context: ClusterContext, cluster: string): Promise<ClusterAccess> =>
  accessTo(context, controlPlaneAmong(await nodesOf(context, cluster)));
