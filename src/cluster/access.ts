import type { Client } from '../client/client.ts';
import { createHttpsClient } from '../client/https.ts';
import { ShoalError } from '../util/errors.ts';
import type { ClusterAccess, ClusterContext } from './context.ts';
import { contextName } from './kubeconfig.ts';
import { gatewayURL, urlHost } from './node-files.ts';
import type { NodeState } from './provider.ts';
import { nodePaths, nodePorts, pkiFiles } from './role-config.ts';

/** The nodes of a cluster. Throws CLUSTER_NOT_FOUND when there are none. */
export async function nodesOf(context: ClusterContext, cluster: string): Promise<NodeState[]> {
  const nodes = await context.provider.nodes(cluster);
  if (nodes.length > 0) return nodes;
  throw new ShoalError('CLUSTER_NOT_FOUND', `there is no cluster ${cluster}`, { next: 'List the clusters with `shoal list`.' });
}

/** The control plane among a cluster's nodes. Throws CLUSTER_NOT_FOUND for a remainder without one. */
export function controlPlaneAmong(nodes: readonly NodeState[]): NodeState {
  const found = nodes.find((node) => node.role === 'control-plane');
  if (found !== undefined) return found;
  const cluster = nodes[0]?.cluster ?? '';
  throw new ShoalError('CLUSTER_NOT_FOUND', `the cluster ${cluster} has lost its control plane`, {
    next: `Remove the rest with \`shoal down ${cluster}\`.`,
  });
}

/** The same, which must run. Throws CLUSTER_NOT_RUNNING. */
export function runningControlPlane(nodes: readonly NodeState[]): NodeState {
  const controlPlane = controlPlaneAmong(nodes);
  if (controlPlane.running) return controlPlane;
  throw new ShoalError('CLUSTER_NOT_RUNNING', `the cluster ${controlPlane.cluster} is stopped`, {
    next: `Start it with \`shoal start ${controlPlane.cluster}\`.`,
  });
}

/** The URLs at which this machine reaches the API server and the gateway. */
export function urlsOf(controlPlane: NodeState): { apiServer: string; gateway: string } {
  const published = (port: number) => controlPlane.ports.find((each) => each.containerPort === port);
  const api = published(nodePorts.apiServer);
  return {
    apiServer: `https://${urlHost(api?.host ?? '')}:${api?.hostPort ?? 0}`,
    gateway: gatewayURL(published(nodePorts.gateway)?.hostPort ?? 0),
  };
}

/** Reads the administrator's certificate out of the control plane, running or not. */
export async function accessTo(context: ClusterContext, controlPlane: NodeState): Promise<ClusterAccess> {
  const read = async (name: string): Promise<string> =>
    (await context.provider.readFile(controlPlane.name, `${nodePaths.pki}/${name}`)).toString();
  const [ca, cert, key] = await Promise.all([read(pkiFiles.ca.cert), read(pkiFiles.admin.cert), read(pkiFiles.admin.key)]);
  return { context: contextName(controlPlane.cluster), server: urlsOf(controlPlane).apiServer, ca, cert, key };
}

/** Runs `work` with an administrator's client, and closes its connections afterwards. */
export async function withAdmin<T>(
  context: Pick<ClusterContext, 'clock'>,
  access: ClusterAccess,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = createHttpsClient({ ...access, clock: context.clock, userAgent: 'shoal' });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
