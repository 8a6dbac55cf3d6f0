import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds } from '../../api/scheme.ts';
import { simulatedNodes } from '../../api/simulated.ts';
import { messageOf } from '../../util/errors.ts';
import { withAdmin } from '../access.ts';
import type { ClusterAccess, ClusterStatus, NodeStatus } from '../context.ts';
import { contextName } from '../kubeconfig.ts';
import { gatewayURL, urlHost } from '../node-files.ts';
import { pkiFiles } from '../role-config.ts';
import { allClusters, type Found, findCluster, type SimulatedContext } from './context.ts';
import { readNodes } from './files.ts';
import { inOrder, statusOfNode } from './node-objects.ts';
import { isAlive } from './process.ts';

const urlsOf = ({ spec: { networking } }: Found): { apiServer: string; gateway: string } => ({
  apiServer: `https://${urlHost(networking.apiServerAddress)}:${networking.apiServerPort}`,
  gateway: gatewayURL(networking.gatewayPort),
});

export async function accessOf(found: Found): Promise<ClusterAccess> {
  const read = (name: string): Promise<string> => readFile(join(found.files.pki, name), 'utf8');
  const [ca, cert, key] = await Promise.all([read(pkiFiles.ca.cert), read(pkiFiles.admin.cert), read(pkiFiles.admin.key)]);
  return { context: contextName(found.spec.name), server: urlsOf(found).apiServer, ca, cert, key };
}

/** The simulated nodes that the API has; undefined while the process does not run. */
export async function liveNodes(context: SimulatedContext, found: Found): Promise<NodeStatus[] | undefined> {
  if (!(await isAlive(found.files))) return undefined;
  const options = { labelSelector: `${simulatedNodes.label}=true` };
  const { items } = await withAdmin(context, await accessOf(found), (client) => client.list(kinds.Node, options));
  return inOrder(items.map(statusOfNode));
}

/** All nodes of a cluster, whether it runs or not. */
export const knownNodes = async (context: SimulatedContext, found: Found): Promise<NodeStatus[]> =>
  (await liveNodes(context, found)) ?? inOrder(await readNodes(found.files));

export async function statusOf(context: SimulatedContext, found: Found): Promise<ClusterStatus> {
  const urls = urlsOf(found);
  const live = await liveNodes(context, found).catch((thrown: unknown) => {
    context.log.warn(`the API server of ${found.spec.name} does not answer: ${messageOf(thrown)}`);
    return readNodes(found.files);
  });
  // What was Ready when the process ended is not any more.
  const nodes = live ?? inOrder(await readNodes(found.files)).map(({ ready: _, ...node }) => ({ ...node, running: false }));
  return {
    name: found.spec.name,
    state: live === undefined ? 'stopped' : live.every((node) => node.running) ? 'running' : 'partial',
    nodes,
    apiServer: { url: urls.apiServer },
    gateway: { url: urls.gateway },
    kubeconfig: { context: contextName(found.spec.name) },
    ...(found.expires === undefined ? {} : { expires: new Date(found.expires).toISOString() }),
    simulated: true,
  };
}

/** See `ClusterDriver`. */
export const status = async (context: SimulatedContext, cluster: string): Promise<ClusterStatus> =>
  statusOf(context, await findCluster(context, cluster));

/** See `ClusterDriver`. */
export async function list(context: SimulatedContext): Promise<ClusterStatus[]> {
  const found = await Promise.all((await allClusters(context)).map((cluster) => statusOf(context, cluster)));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
