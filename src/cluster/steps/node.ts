import { ShoalError } from '../../util/errors.ts';
import { withFileLock } from '../file-lock.ts';
import { expiryFile } from '../lifetime-file.ts';
import { type ClusterPorts, kubeletFiles, poolOf, serverFiles } from '../node-files.ts';
import { nodeLabels } from '../plan.ts';
import { claimedPorts, firstPorts, pickPort } from '../ports.ts';
import { clusterLabels, type NodeSpec } from '../provider.ts';
import { nodePorts, poolSize } from '../role-config.ts';
import type { Step } from '../run-steps.ts';
import { type ClusterNodeSpec, type ClusterSpec, controlPlaneOf } from '../spec.ts';
import { made, type UpState } from './state.ts';

/** A port may be taken by a stranger between the look and the start; then the next one is tried this often. */
const portAttempts = 5;

export const nodeStepId = (name: string): string => `node:${name}`;

/** Creates and starts one node's container. All nodes start at once: kubelets wait for the API server by themselves. */
export function nodeStep(node: ClusterNodeSpec): Step<UpState> {
  return {
    id: nodeStepId(node.name),
    label: `Start ${node.name}`,
    needs: ['network', 'image', 'keys'],
    run: (state, signal) => (node.role === 'control-plane' ? startControlPlane(state, node, signal) : startWorker(state, node)),
    undo: (state) => state.context.provider.removeNode(node.name),
  };
}

async function startWorker(state: UpState, node: ClusterNodeSpec): Promise<void> {
  const { provider } = state.context;
  await provider.createNode({ ...(await commonSpec(state, node)), ports: node.ports });
  await provider.startNode(node.name);
}

async function startControlPlane(state: UpState, node: ClusterNodeSpec, signal: AbortSignal): Promise<void> {
  const { provider } = state.context;
  const common = await commonSpec(state, node);
  const place = made(state.places.get(node.name), 'places');
  const keys = made(state.keys, 'keys');
  const refused = new Set<number>();
  for (let attempt = 1; ; attempt++) {
    // Looking for ports and claiming them by creating the container must not interleave with another cluster's.
    await withFileLock('ports', async () => {
      const claimed = new Set([...claimedPorts(await provider.nodes()), ...refused]);
      const ports = await choosePorts(state.spec, claimed);
      const spec: ClusterSpec = {
        ...state.spec,
        networking: { ...state.spec.networking, apiServerPort: ports.apiServer, gatewayPort: ports.gateway },
      };
      const host = spec.networking.apiServerAddress;
      state.ports = ports;
      await provider.createNode({
        ...common,
        labels: { ...common.labels, [clusterLabels.spec]: JSON.stringify(spec) },
        files: { ...common.files, ...(await serverFiles(spec, node, place, ports, keys)), ...expiryFile(state.expires) },
        ports: [
          { host, hostPort: ports.apiServer, containerPort: nodePorts.apiServer, protocol: 'tcp' },
          { host, hostPort: ports.gateway, containerPort: nodePorts.gateway, protocol: 'tcp' },
          ...poolOf(ports).map(({ local, port }) => ({ host, hostPort: local, containerPort: port, protocol: 'tcp' as const })),
          ...node.ports,
        ],
      });
    });
    try {
      return await provider.startNode(node.name);
    } catch (thrown) {
      if (!(thrown instanceof ShoalError) || thrown.code !== 'PORT_TAKEN' || attempt >= portAttempts || signal.aborted) throw thrown;
      const { apiServerPort, gatewayPort } = state.spec.networking;
      // Which port it was is not known. Those that were asked for are tried again, and refused where they are looked for.
      const { apiServer, gateway, pool } = made(state.ports, 'ports');
      for (const port of [...pool, ...(apiServerPort === 0 ? [apiServer] : []), ...(gatewayPort === 0 ? [gateway] : [])]) refused.add(port);
      await provider.removeNode(node.name);
    }
  }
}

async function choosePorts(spec: ClusterSpec, claimed: Set<number>): Promise<ClusterPorts> {
  const { apiServerAddress: host, apiServerPort, gatewayPort } = spec.networking;
  const apiServer = await pickPort({ host, port: apiServerPort, from: firstPorts.apiServer, purpose: 'the API server' }, claimed);
  claimed.add(apiServer);
  const gateway = await pickPort({ host, port: gatewayPort, from: firstPorts.gateway, purpose: 'the gateway' }, claimed);
  claimed.add(gateway);
  const pool: number[] = [];
  for (let count = 0; count < poolSize; count++) {
    const port = await pickPort({ host, port: 0, from: firstPorts.pool, purpose: 'exposed Services' }, claimed);
    claimed.add(port);
    pool.push(port);
  }
  return { apiServer, gateway, pool };
}

/** What both roles have. */
async function commonSpec(state: UpState, node: ClusterNodeSpec): Promise<Omit<NodeSpec, 'ports'>> {
  const { spec } = state;
  const place = made(state.places.get(node.name), 'places');
  const controlPlane = made(state.places.get(controlPlaneOf(spec).name), 'places');
  const image = node.image ?? made(state.image, 'image');
  return {
    cluster: spec.name,
    name: node.name,
    role: node.role,
    image,
    network: made(state.network, 'network').name,
    ip: place.ip,
    podCIDR: place.podCIDR,
    env: {},
    labels: { ...nodeLabels(node, place), [clusterLabels.image]: image, [clusterLabels.instance]: state.instance },
    files: await kubeletFiles(spec, node, place, controlPlane.ip, made(state.keys, 'keys').ca),
    mounts: node.mounts,
    resources: node.resources,
  };
}
