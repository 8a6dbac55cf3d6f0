import type { ClusterContext } from './context.ts';
import { type Lifetime, readExpiry, writeExpiry } from './lifetime.ts';
import { clusterLabels, type NodeSpec, type NodeState } from './provider.ts';
import { nodePaths } from './role-config.ts';

/** A container's labels cannot be changed, and a time to live can: so that is a file of the control plane, running or not. */
export const expiryFile = (expires: number | undefined): NodeSpec['files'] =>
  expires === undefined ? {} : { [nodePaths.expires]: { content: writeExpiry(expires), mode: 0o644 } };

export const writeLifetime = (context: ClusterContext, controlPlane: NodeState, expires: number | undefined): Promise<void> =>
  context.provider.writeFiles(controlPlane.name, { [nodePaths.expires]: { content: writeExpiry(expires), mode: 0o644 } });

/** The lifetime of the cluster that the nodes belong to. One that cannot be read has no end. */
export async function lifetimeAmong(context: ClusterContext, nodes: readonly NodeState[]): Promise<Lifetime> {
  const instance = nodes.map(({ labels }) => labels[clusterLabels.instance]).find((label) => label !== undefined && label !== '');
  const controlPlane = nodes.find(({ role }) => role === 'control-plane');
  const text = controlPlane && (await context.provider.readFile(controlPlane.name, nodePaths.expires).catch(() => undefined));
  return { ...(instance === undefined ? {} : { instance }), ...(text === undefined ? {} : readExpiry(text.toString())) };
}
