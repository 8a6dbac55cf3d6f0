import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../src/client/client.ts';
import { renderKubeconfig } from '../../src/cluster/kubeconfig.ts';
import type { ControllerSettings, NetworkingConfig, ServerPki } from '../../src/cluster/role-config.ts';
import type { Kubelet } from '../../src/kubelet/options.ts';
import { type SimulatedNodes, startSimulatedNodes } from '../../src/kubelet/simulated-nodes.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../../src/roles/control-plane.ts';
import { runSimulatedFaults } from '../../src/roles/simulated-faults.ts';
import { createKubeletServers, type KubeletServers } from '../../src/roles/simulated-kubelet-servers.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { type Clock, systemClock } from '../../src/util/clock.ts';
import { createLogger, type Level } from '../../src/util/log.ts';
import { createCA, issueCert, newServiceAccountKey } from '../../src/util/pki.ts';
import { kubectlFor } from './clients.ts';
import { withProcesses } from './process-runtime.ts';

export const networking: NetworkingConfig = {
  podSubnet: '10.244.0.0/16',
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
  const log = createLogger('test', { level: options.level ?? 'error' });
  const pki = await serverPki();
  const directory = mkdtempSync(join(tmpdir(), 'shoal-test-'));
  let servers: KubeletServers | undefined;
  const plane = await startControlPlane({
    store: createMemoryStore({ clock }),
    clock,
    log,
    networking,
    pki,
    locateKubelet: async (nodeName) => servers?.locate(nodeName),
    ...(options.controllers === undefined ? {} : { controllers: options.controllers }),
    ...(options.timeline === undefined ? {} : { timeline: options.timeline }),
  });
  const { port } = await plane.apiServer.listen({ host: '127.0.0.1', port: 0 });
  const stop = new AbortController();
  const nodes = await startSimulatedNodes({
    count: options.nodes ?? 3,
    namePrefix: 'node',
    client: plane.client,
    informers: plane.informers,
    clock,
    log: log.for('kubelet'),
    signal: stop.signal,
    ...(options.leaseRenewMs === undefined ? {} : { leaseRenewMs: options.leaseRenewMs }),
  });
  void runSimulatedFaults({ plane, machines: nodes, clock, log, signal: stop.signal });
  const machines = options.processes === true ? withProcessesOn(nodes, directory) : nodes;
  servers = createKubeletServers({ machines, ca: pki.ca, clock, log: log.for('kubelet') });
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
      stop.abort();
      await Promise.all([nodes.stop(), servers?.close()]);
      await plane.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

function withProcessesOn(nodes: SimulatedNodes, directory: string): SimulatedNodes {
  const kubelets = [...nodes.kubelets].map(([name, kubelet]): [string, Kubelet] => {
    const { backend } = kubelet;
    return [name, { ...kubelet, backend: { ...backend, runtime: withProcesses(backend.runtime, directory) } }];
  });
  return { ...nodes, kubelets: new Map(kubelets) };
}

async function serverPki(): Promise<ServerPki> {
  const ca = await createCA('kubernetes');
  const [apiServer, kubeletClient, admin, serviceAccount] = await Promise.all([
    issueCert(ca, { commonName: 'kube-apiserver', dnsNames: ['localhost'], ips: ['127.0.0.1'], usages: ['server'] }),
    issueCert(ca, { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'], usages: ['client'] }),
    issueCert(ca, { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] }),
    newServiceAccountKey(),
  ]);
  return { ca, apiServer, kubeletClient, admin, serviceAccount };
}
