import { kinds } from '../../api/scheme.ts';
import { simulatedNodes } from '../../api/simulated.ts';
import { isAlreadyExists, isNotFound } from '../../api/status.ts';
import { timestamp } from '../../util/clock.ts';
import { ShoalError } from '../../util/errors.ts';
import { withAdmin } from '../access.ts';
import type { NewNode, NodeStatus } from '../context.ts';
import { drain, forget, unlessNotFound } from '../drain.ts';
import { withFileLock } from '../file-lock.ts';
import { nextPlace } from '../plan.ts';
import { type ClusterNodeSpec, nextWorkerName, plainNode } from '../spec.ts';
import { nodesReady } from '../wait/nodes-ready.ts';
import { withDeadline } from '../wait/wait.ts';
import { allClusters, type Found, findCluster, type SimulatedContext } from './context.ts';
import { nodeObject, simulatedNodeSubnet } from './node-objects.ts';
import { accessOf, knownNodes, liveNodes } from './status.ts';

const readyTimeoutMs = 60_000;

/** See `ClusterDriver`. */
export function add(context: SimulatedContext, cluster: string, wanted: NewNode = {}): Promise<string> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const found = await findCluster(context, cluster);
    const nodes = await running(context, found);
    const name = wanted.name ?? nextWorkerName(cluster, new Set(nodes.map((node) => node.name)));
    const node: ClusterNodeSpec = {
      ...plainNode(name, 'worker'),
      ...(wanted.labels === undefined ? {} : { labels: wanted.labels }),
      ...(wanted.taints === undefined ? {} : { taints: wanted.taints }),
      ...(wanted.resources === undefined ? {} : { resources: wanted.resources }),
    };
    const place = nextPlace(nodes, simulatedNodeSubnet, found.spec.networking.podSubnet);
    await withAdmin(context, await accessOf(found), async (client) => {
      await client.create(kinds.Node, nodeObject(node, place)).catch((thrown: unknown) => {
        if (!isAlreadyExists(thrown)) throw thrown;
        throw new ShoalError('NODE_EXISTS', `the cluster ${cluster} has a node ${name} already`, { next: 'Choose another name, or none.' });
      });
      await ready(context, client, name, 0).catch(async (thrown: unknown) => {
        await client.delete(kinds.Node, name).catch(unlessNotFound);
        throw thrown;
      });
    });
    return name;
  });
}

/** See `ClusterDriver`. */
export async function remove(context: SimulatedContext, name: string, cluster?: string): Promise<void> {
  const { found, node } = await findNode(context, name, cluster);
  if (node.role === 'control-plane') {
    throw new ShoalError('USAGE', `${node.name} is the control plane's node and cannot be removed alone`, {
      next: `Remove the cluster with \`shoal down ${found.spec.name}\`.`,
    });
  }
  await withFileLock(`cluster-${found.spec.name}`, async () => {
    await running(context, found);
    await withAdmin(context, await accessOf(found), async (client) => {
      if (node.running) await drain(context, client, node.name);
      await client.delete(kinds.Node, node.name).catch(unlessNotFound);
      await forget(client, node.name);
    });
  });
}

/** See `ClusterDriver`. */
export async function kill(context: SimulatedContext, name: string, cluster?: string): Promise<void> {
  const { found, node } = await findNode(context, name, cluster);
  await mark(context, found, node.name, timestamp(context.clock));
}

/** See `ClusterDriver`. */
export async function start(context: SimulatedContext, name: string, cluster?: string): Promise<void> {
  const { found, node } = await findNode(context, name, cluster);
  const since = node.running ? 0 : context.clock.now();
  await mark(context, found, node.name, null);
  await withAdmin(context, await accessOf(found), (client) => ready(context, client, node.name, since));
}

async function mark(context: SimulatedContext, found: Found, name: string, killed: string | null): Promise<void> {
  await running(context, found);
  await withAdmin(context, await accessOf(found), (client) =>
    client.patch(kinds.Node, name, undefined, { metadata: { annotations: { [simulatedNodes.killed]: killed } } }),
  ).catch((thrown: unknown) => {
    if (isNotFound(thrown)) throw noSuchNode(name, found.spec.name, []);
    throw thrown;
  });
}

async function ready(context: SimulatedContext, client: Parameters<typeof nodesReady>[1], name: string, since: number): Promise<void> {
  const missing = new Map<string, string>();
  const { clock, signal } = context;
  await withDeadline({ clock, timeoutMs: readyTimeoutMs, signal, missing, what: `node ${name}` }, (aborting) =>
    nodesReady({ context, signal: aborting, missing }, client, [{ name, labels: {} }], since),
  );
}

/** The nodes of a cluster that runs. Throws CLUSTER_NOT_RUNNING. */
export async function running(context: SimulatedContext, found: Found): Promise<NodeStatus[]> {
  const nodes = await liveNodes(context, found);
  if (nodes !== undefined) return nodes;
  throw new ShoalError('CLUSTER_NOT_RUNNING', `the cluster ${found.spec.name} is stopped`, {
    next: `Start it with \`shoal start ${found.spec.name}\`.`,
  });
}

/** A node by its full name, or without the cluster's when that is given. Throws NODE_NOT_FOUND. */
async function findNode(context: SimulatedContext, name: string, cluster?: string): Promise<{ found: Found; node: NodeStatus }> {
  const clusters = cluster === undefined ? await allClusters(context) : [await findCluster(context, cluster)];
  const known: string[] = [];
  for (const found of clusters) {
    const nodes = await knownNodes(context, found);
    const node =
      nodes.find((each) => each.name === name) ??
      (cluster === undefined ? undefined : nodes.find((each) => each.name === `${cluster}-${name}`));
    if (node !== undefined) return { found, node };
    known.push(...nodes.map((each) => each.name));
  }
  throw noSuchNode(name, cluster, known);
}

export async function hasNode(context: SimulatedContext, name: string): Promise<boolean> {
  const nodes = await Promise.all((await allClusters(context)).map((found) => knownNodes(context, found)));
  return nodes.flat().some((node) => node.name === name);
}

const noSuchNode = (name: string, cluster: string | undefined, known: readonly string[]): ShoalError =>
  new ShoalError('NODE_NOT_FOUND', `there is no node ${name}${cluster === undefined ? '' : ` in the cluster ${cluster}`}`, {
    next: known.length === 0 ? 'List the nodes with `shoal status`.' : `There are: ${known.join(', ')}.`,
  });
