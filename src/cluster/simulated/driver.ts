import { readFile } from 'node:fs/promises';
import { ShoalError } from '../../util/errors.ts';
import type { ClusterDriver } from '../driver.ts';
import { withFileLock } from '../file-lock.ts';
import { runSteps } from '../run-steps.ts';
import { allClusters, filesOf, findCluster, type SimulatedContext } from './context.ts';
import { clusterNames, readRecord } from './files.ts';
import { add, hasNode, kill, remove, start as startNode } from './nodes.ts';
import { endProcess } from './process.ts';
import { reset } from './reset.ts';
import { bringBack, capture } from './snapshots.ts';
import { accessOf, list, status } from './status.ts';
import { discard, setExpiry, startExisting, up } from './up.ts';

/** Enough for the control plane to answer what is under way and close its store. */
const stopGraceMs = 10_000;

export interface SimulatedDriver extends ClusterDriver {
  /** Whether there is anything of a simulated cluster of that name. */
  has(cluster: string): Promise<boolean>;
  hasNode(node: string): Promise<boolean>;
}

/**
 * Clusters without containers: each is one process of this user, with the control plane and a simulated kubelet for each
 * node, and one directory with all of its state. Single nodes are driven through the Kubernetes API (`simulatedNodes`).
 */
export function simulatedDriver(context: SimulatedContext): SimulatedDriver {
  const locked = <T>(cluster: string, work: () => Promise<T>): Promise<T> => withFileLock(`cluster-${cluster}`, work);
  const { clock, progress } = context;
  const step = (label: string, run: () => Promise<void>): Promise<void> =>
    runSteps([{ id: 'only', label, needs: [], run }], undefined, { clock, ...(progress === undefined ? {} : { progress }) });
  return {
    up: (spec, options) => up(context, spec, options),
    down: (cluster, only) =>
      locked(cluster, async () => {
        if (!(await clusterNames(context.clusters)).includes(cluster)) return false;
        if (only !== undefined && !only((await readRecord(filesOf(context, cluster))) ?? {})) return false;
        await step(`Remove ${cluster}`, async () => void (await discard(context, cluster)));
        return true;
      }),
    lifetime: (cluster) => findCluster(context, cluster),
    lifetimes: async () => new Map((await allClusters(context)).map((found) => [found.spec.name, found])),
    setExpiry: (cluster, expires) => locked(cluster, () => setExpiry(context, cluster, expires)),
    list: () => list(context),
    status: (cluster) => status(context, cluster),
    stop: (cluster) =>
      locked(cluster, async () => {
        const { files } = await findCluster(context, cluster);
        await step(`Stop ${cluster}`, async () => void (await endProcess(files, { clock, graceMs: stopGraceMs })));
      }),
    start: (cluster) => locked(cluster, () => startExisting(context, cluster)),
    async machineLogs(cluster) {
      const { files } = await findCluster(context, cluster);
      return new Map([[cluster, await readFile(files.log, 'utf8')]]);
    },
    reset: (cluster) => locked(cluster, () => reset(context, cluster)),
    capture: (cluster) => locked(cluster, () => capture(context, cluster)),
    bringBack: (cluster, snapshot) => locked(cluster, () => bringBack(context, cluster, snapshot)),
    access: async (cluster) => accessOf(await findCluster(context, cluster)),
    addNode: (cluster, node) => add(context, cluster, node),
    removeNode: (node, cluster) => remove(context, node, cluster),
    killNode: (node, cluster) => kill(context, node, cluster),
    startNode: (node, cluster) => startNode(context, node, cluster),
    async load(cluster) {
      await findCluster(context, cluster);
      throw new ShoalError('SIMULATED', `the nodes of ${cluster} are simulated: they run no containers, so there is nothing to load`, {
        next: 'Pods of simulated nodes start with any image name; for real ones make a cluster without --simulate.',
      });
    },
    has: async (cluster) => (await clusterNames(context.clusters)).includes(cluster),
    hasNode: (node) => hasNode(context, node),
  };
}
