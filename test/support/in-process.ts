import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../src/client/client.ts';
import { renderKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { placeOf } from '../../src/cluster/plan.ts';
import type { ControllerSettings, NetworkingConfig, ServerPki } from '../../src/cluster/role-config.ts';
import { nodeObject, simulatedNodeSubnet } from '../../src/cluster/simulated/node-objects.ts';
import { plainNode } from '../../src/cluster/spec.ts';
import type { Kubelet } from '../../src/kubelet/options.ts';
import type { SimulatedNodes } from '../../src/kubelet/simulated-nodes.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../src/roles/control-plane.ts';
import { startInProcessCluster, usable } from '../../src/roles/in-process-cluster.ts';
import { processPki } from '../../src/roles/process-pki.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { type Clock, systemClock } from '../../src/util/clock.ts';
import { createLogger, type Level } from '../../src/util/log.ts';
import { kubectlFor } from './clients.ts';
import { withProcesses } from './process-runtime.ts';

/** Room for 32,768 nodes: the scheduler's benchmark has 5,000. */
const podSubnet = '10.128.0.0/9';

export const networking: NetworkingConfig = {
  podSubnet,
  serviceSubnet: '10.96.0.0/16',
  clusterDNS: '10.96.0.10',
  clusterDomain: 'cluster.local',
  nodePortRange: { from: 30_000, to: 32_767 },
};

export interface InProcessCluster {
  plane: ControlPlane;
  nodes: SimulatedNodes;
  client: Client;
  /** Path of a kubeconfig with all rights. */
  kubeconfig: string;
  server: string;
  kubectl: ReturnType<typeof kubectlFor>;
  pki: ServerPki;
  /** Where commands run when they run (see `processes`). */
  directory: string;
  stop(): Promise<void>;
}

/** A whole control plane in this process, on a free port, with simulated nodes: what integration tests drive with real clients. */
export async function inProcessCluster(
  options: {
    nodes?: number;
    clock?: Clock;
    controllers?: ControllerSettings;
    /** Lease renewal of the nodes; default 10 s. */
    leaseRenewMs?: number;
    level?: Level;
    /** Recorded in memory, unless a path is given. */
    timeline?: ControlPlaneOptions['timeline'];
    /** Whether exec, attach and port-forward reach processes and ports of this machine instead of being refused. */
    processes?: boolean;
  } = {},
): Promise<InProcessCluster> {
  const clock = options.clock ?? systemClock;
  const directory = mkdtempSync(join(tmpdir(), 'shoal-test-'));
  const names = Array.from({ length: options.nodes ?? 3 }, (_, index) => `node-${index}`);
  const pki = await processPki();
  const cluster = await startInProcessCluster({
    store: createMemoryStore({ clock }),
    clock,
    log: createLogger('test', { level: options.level ?? 'error' }),
    networking,
    pki,
    nodes: names.map((name, index) => nodeObject(plainNode(name, 'worker'), placeOf(index, simulatedNodeSubnet, podSubnet))),
    ...(options.processes === true ? { facade: (nodes) => withProcessesOn(nodes, directory) } : {}),
    ...(options.controllers === undefined ? {} : { controllers: options.controllers }),
    ...(options.timeline === undefined ? {} : { timeline: options.timeline }),
    ...(options.leaseRenewMs === undefined ? {} : { leaseRenewMs: options.leaseRenewMs }),
  });
  const { plane, nodes } = cluster;
  const [{ port }] = await Promise.all([plane.apiServer.listen({ host: '127.0.0.1', port: 0 }), usable(plane.informers, names)]);
  const kubeconfig = join(directory, 'kubeconfig');
  const server = `https://127.0.0.1:${port}`;
  writeFileSync(kubeconfig, renderKubeconfig({ context: 'test', server, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key }), {
    mode: 0o600,
  });
  return {
    plane,
    nodes,
    client: plane.client,
    kubeconfig,
    server,
    kubectl: kubectlFor(kubeconfig),
    pki,
    directory,
    async stop() {
      await cluster.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

function withProcessesOn(nodes: SimulatedNodes, directory: string): SimulatedNodes {
  const wrapped = new WeakMap<Kubelet, Kubelet>();
  const wrap = (kubelet: Kubelet): Kubelet => {
    const { backend } = kubelet;
    const known = wrapped.get(kubelet) ?? { ...kubelet, backend: { ...backend, runtime: withProcesses(backend.runtime, directory) } };
    wrapped.set(kubelet, known);
    return known;
  };
  return {
    ...nodes,
    get kubelets() {
      return new Map([...nodes.kubelets].map(([name, kubelet]) => [name, wrap(kubelet)]));
    },
  };
}
