import { kinds } from '../api/scheme.ts';
import { accessTo, controlPlaneAmong, nodesOf, urlsOf, withAdmin } from './access.ts';
import type { ClusterContext, ClusterStatus, NodeStatus } from './context.ts';
import { contextName } from './kubeconfig.ts';
import { lifetimeAmong } from './lifetime-file.ts';
import { clusterLabels, type NodeState } from './provider.ts';
import { registryOfNode } from './registry.ts';
import { notReady } from './wait/nodes-ready.ts';

/** What the containers alone say. */
export function statusOfNodes(nodes: readonly NodeState[]): ClusterStatus {
  const running = nodes.filter((node) => node.running).length;
  const controlPlane = nodes.find((node) => node.role === 'control-plane');
  const urls = controlPlane === undefined ? { apiServer: '', gateway: '' } : urlsOf(controlPlane);
  const registry = controlPlane === undefined ? undefined : registryOfNode(controlPlane);
  const name = nodes[0]?.cluster ?? '';
  return {
    name,
    state: running === nodes.length ? 'running' : running === 0 ? 'stopped' : 'partial',
    nodes: nodes.map(nodeStatus),
    apiServer: { url: urls.apiServer },
    gateway: { url: urls.gateway },
    ...(registry === undefined ? {} : { registry: { host: registry.host } }),
    kubeconfig: { context: contextName(name) },
  };
}

export async function withExpiry(context: ClusterContext, nodes: readonly NodeState[], status: ClusterStatus): Promise<ClusterStatus> {
  const { expires } = await lifetimeAmong(context, nodes);
  return expires === undefined ? status : { ...status, expires: new Date(expires).toISOString() };
}

const nodeStatus = (node: NodeState): NodeStatus => ({
  name: node.name,
  role: node.role,
  running: node.running,
  ip: node.ip,
  podCIDR: node.labels[clusterLabels.podCIDR] ?? '',
  resources: JSON.parse(node.labels[clusterLabels.resources] ?? '{}') as NodeStatus['resources'],
});

/** See `cluster.ts`. */
export async function status(context: ClusterContext, cluster: string): Promise<ClusterStatus> {
  const nodes = await nodesOf(context, cluster);
  const found = await withExpiry(context, nodes, statusOfNodes(nodes));
  const controlPlane = controlPlaneAmong(nodes);
  if (!controlPlane.running) return found;
  const access = await accessTo(context, controlPlane);
  const ready = await withAdmin(context, access, (client) => client.list(kinds.Node)).catch(() => undefined);
  if (ready === undefined) return found;
  const byName = new Map(ready.items.map((node) => [node.metadata.name, notReady(node, 0) === undefined]));
  return {
    ...found,
    nodes: found.nodes.map((node) => {
      const isReady = byName.get(node.name);
      return isReady === undefined ? node : { ...node, ready: isReady };
    }),
  };
}

/** See `cluster.ts`. */
export async function list(context: ClusterContext): Promise<ClusterStatus[]> {
  const byCluster = Map.groupBy(await context.provider.nodes(), (node) => node.cluster);
  const found = await Promise.all([...byCluster.values()].map((nodes) => withExpiry(context, nodes, statusOfNodes(nodes))));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
