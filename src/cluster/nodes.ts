import { kinds } from '../api/scheme.ts';
import { ShoalError } from '../util/errors.ts';
import { accessTo, controlPlaneAmong, nodesOf, runningControlPlane, withAdmin } from './access.ts';
import type { ClusterContext, NewNode } from './context.ts';
import { drain, forget, unlessNotFound } from './drain.ts';
import { withFileLock } from './file-lock.ts';
import { findNode, nodeReady, runningNames } from './lifecycle.ts';
import { copyImages } from './load/copy-images.ts';
import { kubeletFiles } from './node-files.ts';
import { splitLabels } from './node-labels.ts';
import { nextPlace, nodeLabels, specFromLabels } from './plan.ts';
import { clusterLabels, type NodeState } from './provider.ts';
import { registryEnvironment, registryOfNode } from './registry.ts';
import { nodePaths, pkiFiles } from './role-config.ts';
import { runSteps } from './run-steps.ts';
import { type ClusterNodeSpec, nextWorkerName, plainNode } from './spec.ts';

/** See `cluster.ts`. */
export function add(context: ClusterContext, cluster: string, wanted: NewNode = {}): Promise<string> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const nodes = await nodesOf(context, cluster);
    const controlPlane = runningControlPlane(nodes);
    const taken = new Set(nodes.map((node) => node.name));
    const name = wanted.name ?? nextWorkerName(cluster, taken);
    if (taken.has(name))
      throw new ShoalError('NODE_EXISTS', `the cluster ${cluster} has a node ${name} already`, { next: 'Choose another name, or none.' });
    const node: ClusterNodeSpec = {
      ...plainNode(name, 'worker'),
      ...(wanted.labels === undefined ? {} : { labels: wanted.labels }),
      ...(wanted.taints === undefined ? {} : { taints: wanted.taints }),
      ...(wanted.resources === undefined ? {} : { resources: wanted.resources }),
    };
    const { provider, clock, progress } = context;
    const steps = [
      {
        id: 'node',
        label: `Start ${name}`,
        needs: [],
        run: () => createWorker(context, nodes, controlPlane, node),
        undo: () => provider.removeNode(name),
      },
      {
        id: 'load',
        label: `Copy the cluster's images to ${name}`,
        needs: ['node'],
        async run() {
          await copyImages(context, name, runningNames(nodes));
          await release(context, name);
        },
      },
      {
        id: 'ready',
        label: `Wait for ${name}`,
        needs: ['load'],
        run: () => nodeReady(context, controlPlane, { name, labels: splitLabels(node).administrative }, 0),
      },
    ];
    await runSteps(steps, undefined, {
      clock,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      ...(progress === undefined ? {} : { progress }),
    });
    return name;
  });
}

async function createWorker(
  context: ClusterContext,
  nodes: readonly NodeState[],
  controlPlane: NodeState,
  node: ClusterNodeSpec,
): Promise<void> {
  const { provider } = context;
  const spec = specFromLabels(controlPlane);
  const network = (await provider.networks()).find((each) => each.cluster === spec.name);
  if (network === undefined) {
    throw new ShoalError('CLUSTER_NOT_FOUND', `the network of cluster ${spec.name} is gone`, {
      next: `Remove the rest with \`shoal down ${spec.name}\`.`,
    });
  }
  const place = nextPlace(nodes, network.subnet, spec.networking.podSubnet);
  const pem = async (file: string): Promise<string> => (await provider.readFile(controlPlane.name, `${nodePaths.pki}/${file}`)).toString();
  const [cert, key] = await Promise.all([pem(pkiFiles.ca.cert), pem(pkiFiles.ca.key)]);
  // The same image as the others: a cluster never mixes versions.
  const image = controlPlane.labels[clusterLabels.image] ?? (await context.images.node(context.signal));
  await provider.createNode({
    cluster: spec.name,
    name: node.name,
    role: 'worker',
    image,
    network: network.name,
    ip: place.ip,
    podCIDR: place.podCIDR,
    env: registryEnvironment(registryOfNode(controlPlane)),
    labels: {
      ...nodeLabels(node, place),
      [clusterLabels.image]: image,
      [clusterLabels.instance]: controlPlane.labels[clusterLabels.instance] ?? '',
    },
    // Pods come the moment a node is Ready, so it does not join before it has the images that the others have.
    files: { ...(await kubeletFiles(spec, node, place, controlPlane.ip, { cert, key })), [nodePaths.hold]: { content: '', mode: 0o600 } },
    mounts: node.mounts,
    resources: node.resources,
    ports: node.ports,
  });
  await provider.startNode(node.name);
}

async function release(context: ClusterContext, node: string): Promise<void> {
  const { exitCode, stderr } = await context.provider.exec(node, ['rm', '-f', nodePaths.hold]);
  if (exitCode !== 0) throw new Error(`${node} cannot be let join: ${stderr.trim()}`);
}

/** See `cluster.ts`. */
export async function remove(context: ClusterContext, name: string, cluster?: string): Promise<void> {
  const found = await findNode(context, name, cluster);
  await withFileLock(`cluster-${found.cluster}`, async () => {
    if (found.role === 'control-plane') {
      throw new ShoalError('USAGE', `${found.name} holds the control plane and cannot be removed alone`, {
        next: `Remove the cluster with \`shoal down ${found.cluster}\`.`,
      });
    }
    const controlPlane = controlPlaneAmong(await nodesOf(context, found.cluster));
    if (controlPlane.running) {
      const access = await accessTo(context, controlPlane);
      await withAdmin(context, access, async (client) => {
        if (found.running) await drain(context, client, found.name);
        await context.provider.removeNode(found.name);
        await client.delete(kinds.Node, found.name).catch(unlessNotFound);
        await forget(client, found.name);
      });
    } else await context.provider.removeNode(found.name);
  });
}
