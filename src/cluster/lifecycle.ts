import { ShoalError } from '../util/errors.ts';
import { accessTo, controlPlaneAmong, nodesOf, withAdmin } from './access.ts';
import type { ClusterContext } from './context.ts';
import { withFileLock } from './file-lock.ts';
import { copyImages } from './load/copy-images.ts';
import type { NodeState } from './provider.ts';
import { runSteps, type Step } from './run-steps.ts';
import { startExisting } from './start.ts';
import { type AwaitedNode, nodesReady } from './wait/nodes-ready.ts';
import { withDeadline } from './wait/wait.ts';

/** Enough for node-init to stop pods and services in order. */
const stopGraceSeconds = 12;
const startTimeoutMs = 180_000;

/** See `cluster.ts`. */
export function stop(context: ClusterContext, cluster: string): Promise<void> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const nodes = await nodesOf(context, cluster);
    const { provider, clock, progress } = context;
    const stopStep = (node: NodeState, needs: string[]): Step<undefined> => ({
      id: node.name,
      label: `Stop ${node.name}`,
      needs,
      run: () => provider.stopNode(node.name, stopGraceSeconds),
    });
    const workers = nodes.filter((node) => node.role === 'worker' && node.running);
    const controlPlanes = nodes.filter((node) => node.role === 'control-plane' && node.running);
    const steps = [
      ...workers.map((node) => stopStep(node, [])),
      // Last, so that it does not see its nodes die one by one and act on that.
      ...controlPlanes.map((node) =>
        stopStep(
          node,
          workers.map((worker) => worker.name),
        ),
      ),
    ];
    await runSteps(steps, undefined, { clock, ...(progress === undefined ? {} : { progress }) });
  });
}

/** See `cluster.ts`. */
export function start(context: ClusterContext, cluster: string): Promise<void> {
  return withFileLock(`cluster-${cluster}`, async () => startExisting(context, await nodesOf(context, cluster), startTimeoutMs));
}

/** A node by its full name, or without the cluster's: `worker2` of `demo`. Throws NODE_NOT_FOUND. */
export async function findNode(context: ClusterContext, name: string, cluster?: string): Promise<NodeState> {
  const nodes = cluster === undefined ? await context.provider.nodes() : await nodesOf(context, cluster);
  const found =
    nodes.find((node) => node.name === name) ??
    (cluster === undefined ? undefined : nodes.find((node) => node.name === `${cluster}-${name}`));
  if (found !== undefined) return found;
  const known = nodes.map((node) => node.name).join(', ');
  throw new ShoalError('NODE_NOT_FOUND', `there is no node ${name}${cluster === undefined ? '' : ` in the cluster ${cluster}`}`, {
    next: known === '' ? 'List the clusters with `shoal list`.' : `There are: ${known}.`,
  });
}

/** See `cluster.ts`. */
export async function kill(context: ClusterContext, name: string, cluster?: string): Promise<void> {
  const node = await findNode(context, name, cluster);
  await context.provider.killNode(node.name);
}

export const runningNames = (nodes: readonly NodeState[]): string[] => nodes.filter((node) => node.running).map((node) => node.name);

/** See `cluster.ts`. */
export async function startOne(context: ClusterContext, name: string, cluster?: string): Promise<void> {
  const node = await findNode(context, name, cluster);
  const nodes = await nodesOf(context, node.cluster);
  const controlPlane = controlPlaneAmong(nodes);
  const wasRunning = node.running;
  const since = wasRunning ? 0 : context.clock.now();
  await context.provider.startNode(node.name);
  if (!controlPlane.running && controlPlane.name !== node.name) {
    throw new ShoalError('CLUSTER_NOT_RUNNING', `${node.name} runs, but the control plane of ${node.cluster} does not`, {
      next: `Start the whole cluster with \`shoal start ${node.cluster}\`.`,
    });
  }
  const peers = runningNames(nodes).filter((name) => name !== node.name);
  await Promise.all([
    nodeReady(context, controlPlane, { name: node.name, labels: {} }, since),
    // Images may have been loaded while it was down.
    wasRunning ? undefined : copyImages(context, node.name, peers),
  ]);
}

/** Waits until one node of a running cluster has reported Ready. */
export async function nodeReady(context: ClusterContext, controlPlane: NodeState, node: AwaitedNode, since: number): Promise<void> {
  const missing = new Map<string, string>();
  const access = await accessTo(context, controlPlane);
  await withAdmin(context, access, (client) =>
    withDeadline(
      { clock: context.clock, timeoutMs: startTimeoutMs, signal: context.signal, missing, what: `node ${node.name}` },
      (signal) => nodesReady({ context, signal, missing }, client, [node], since),
    ),
  );
}
