import { ShoalError } from '../../util/errors.ts';
import { withFileLock } from '../file-lock.ts';
import { expiryFile } from '../lifetime-file.ts';
import { kubeletFiles, serverFiles } from '../node-files.ts';
import { nodeLabels } from '../plan.ts';
import { claimedPorts } from '../ports.ts';
import { clusterLabels, type NodeSpec } from '../provider.ts';
import { registryAt, registryEnvironment } from '../registry.ts';
import type { Step } from '../run-steps.ts';
import { type ClusterNodeSpec, type ClusterSpec, controlPlaneOf } from '../spec.ts';
import { choosePorts, chosenPorts, publishedPorts, withPorts } from './node-ports.ts';
import { made, type UpState } from './state.ts';

/** A port may be taken by a stranger between the look and the start; then the next one is tried this often. */
const portAttempts = 5;

export const nodeStepId = (name: string): string => `node:${name}`;

/**
 * Creates and starts one node's container. All nodes start at once: kubelets wait for the API server by themselves. With a
 * registry, workers come after the control plane, whose start settles the port that all of them have it at.
 */
export function nodeStep(node: ClusterNodeSpec, spec: ClusterSpec): Step<UpState> {
  const controlPlane = controlPlaneOf(spec);
  const afterIt = spec.registry !== undefined && node !== controlPlane;
  return {
    id: nodeStepId(node.name),
    label: `Start ${node.name}`,
    needs: ['network', 'image', 'keys', ...(afterIt ? [nodeStepId(controlPlane.name)] : [])],
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
      const spec = withPorts(state.spec, ports);
      const host = spec.networking.apiServerAddress;
      state.ports = ports;
      await provider.createNode({
        ...common,
        env: registryOf(state),
        labels: { ...common.labels, [clusterLabels.spec]: JSON.stringify(spec) },
        files: { ...common.files, ...(await serverFiles(spec, node, place, ports, keys)), ...expiryFile(state.expires) },
        ports: [...publishedPorts(host, ports), ...node.ports],
      });
    });
    try {
      return await provider.startNode(node.name);
    } catch (thrown) {
      if (!(thrown instanceof ShoalError) || thrown.code !== 'PORT_TAKEN' || attempt >= portAttempts || signal.aborted) throw thrown;
      // Which port it was is not known. Those that were asked for are tried again, and refused where they are looked for.
      for (const port of chosenPorts(state.spec, made(state.ports, 'ports'))) refused.add(port);
      await provider.removeNode(node.name);
    }
  }
}

/** Where the registry is, for images/node; known once the control plane's ports are. */
function registryOf({ spec, places, ports }: UpState): Record<string, string> {
  if (ports?.registry === undefined) return {};
  return registryEnvironment(registryAt(ports.registry, made(places.get(controlPlaneOf(spec).name), 'places').ip));
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
    env: registryOf(state),
    labels: { ...nodeLabels(node, place), [clusterLabels.image]: image, [clusterLabels.instance]: state.instance },
    files: await kubeletFiles(spec, node, place, controlPlane.ip, made(state.keys, 'keys').ca),
    mounts: node.mounts,
    resources: node.resources,
  };
}
