import {
  addNode,
  allLifetimes,
  clusterAccess,
  clusterLifetime,
  clusterStatus,
  downCluster,
  killNode,
  listClusters,
  loadImages,
  machineLogs,
  removeNode,
  resetCluster,
  setClusterExpiry,
  startCluster,
  startNode,
  stopCluster,
  upCluster,
} from '../cluster.ts';
import type { ClusterContext } from '../context.ts';
import type { ClusterDriver } from '../driver.ts';
import { bringBack } from '../snapshots/bring-back.ts';
import { capture } from '../snapshots/capture.ts';

/** Clusters of node containers. The engine is looked for when it is first needed: `connect` may reject with ENGINE_UNREACHABLE. */
export function dockerDriver(connect: () => Promise<ClusterContext>): ClusterDriver {
  let connected: Promise<ClusterContext> | undefined;
  const context = (): Promise<ClusterContext> => {
    connected ??= connect();
    return connected;
  };
  return {
    up: async (spec, options) => upCluster(await context(), spec, options),
    down: async (cluster, only) => downCluster(await context(), cluster, only),
    lifetime: async (cluster) => clusterLifetime(await context(), cluster),
    lifetimes: async () => allLifetimes(await context()),
    setExpiry: async (cluster, expires) => setClusterExpiry(await context(), cluster, expires),
    list: async () => listClusters(await context()),
    status: async (cluster) => clusterStatus(await context(), cluster),
    stop: async (cluster) => stopCluster(await context(), cluster),
    start: async (cluster) => startCluster(await context(), cluster),
    machineLogs: async (cluster) => machineLogs(await context(), cluster),
    reset: async (cluster) => resetCluster(await context(), cluster),
    capture: async (cluster, directory, options) => capture(await context(), cluster, directory, options),
    bringBack: async (cluster, snapshot) => bringBack(await context(), cluster, snapshot),
    access: async (cluster) => clusterAccess(await context(), cluster),
    addNode: async (cluster, node) => addNode(await context(), cluster, node),
    removeNode: async (node, cluster) => removeNode(await context(), node, cluster),
    killNode: async (node, cluster) => killNode(await context(), node, cluster),
    startNode: async (node, cluster) => startNode(await context(), node, cluster),
    load: async (cluster, images) => loadImages(await context(), cluster, images),
  };
}
