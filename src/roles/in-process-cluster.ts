import { isReady } from '../api/ready.ts';
import { kinds } from '../api/scheme.ts';
import type { Node } from '../api/types/core-v1.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { ServerPki } from '../cluster/role-config.ts';
import { runSimulatedMachines } from '../kubelet/simulated-machines.ts';
import { type SimulatedNodes, startSimulatedNodes } from '../kubelet/simulated-nodes.ts';
import { type ControlPlane, type ControlPlaneOptions, type InProcessParts, startControlPlane } from './control-plane.ts';
import { runSimulatedFaults } from './simulated-faults.ts';
import { createKubeletServers } from './simulated-kubelet-servers.ts';

/** Of a control plane, whose store `stop` closes, and besides: */
export interface InProcessOptions extends Omit<ControlPlaneOptions, 'locateKubelet' | 'inProcess' | 'pki'> {
  pki: ServerPki;
  /** Nodes to make, marked as simulated (`nodeObject`); those that the store holds already run too. */
  nodes: readonly Node[];
  leaseRenewMs?: number;
  /**
   * Set where time is virtual: nodes count as alive while their kubelets run, so that a day need not hold 8,640 renewals of
   * each lease, and `track` sees what is being answered.
   */
  track?: InProcessParts['track'];
  /** What stands for a node's machine to the outside; default: the machine itself. */
  facade?: (nodes: SimulatedNodes) => SimulatedNodes;
}

export interface InProcessCluster {
  plane: ControlPlane;
  nodes: SimulatedNodes;
  /** Ends all of it. */
  stop(): Promise<void>;
}

/**
 * Where nobody needs heartbeats to know that a node lives: how often its lease is renewed and its status looked at, and how often a status
 * that has not changed is written all the same.
 */
const idle = { leaseRenewMs: 300_000, statusReportMs: 24 * 3_600_000 } as const;

/**
 * A whole cluster in this process: the control plane, and a simulated kubelet for each Node that is marked so. Resolves when
 * the API answers and those kubelets are being started; {@link usable} says when pods can be made.
 */
export async function startInProcessCluster(options: InProcessOptions): Promise<InProcessCluster> {
  const { nodes, leaseRenewMs, track, facade, ...ofPlane } = options;
  const { clock, log, pki, random } = options;
  let machines: SimulatedNodes | undefined;
  let servers: ReturnType<typeof createKubeletServers> | undefined;
  const plane = await startControlPlane({
    ...ofPlane,
    locateKubelet: async (node) => servers?.locate(node),
    ...(track === undefined ? {} : { inProcess: { track, lastSeen: (node) => machines?.lastSeen(node) } }),
  });
  const { client, informers } = plane;
  const stop = new AbortController();
  const common = { informers, clock, signal: stop.signal };
  const started = await startSimulatedNodes({
    ...common,
    client,
    log: log.for('kubelet'),
    ...(track === undefined ? {} : idle),
    ...(leaseRenewMs === undefined ? {} : { leaseRenewMs }),
    ...(random === undefined ? {} : { random }),
  });
  machines = started;
  servers = createKubeletServers({ machines: facade?.(started) ?? started, ca: pki.ca, clock, log: log.for('kubelet') });
  await Promise.all(nodes.map((node) => client.create(kinds.Node, node)));
  void runSimulatedMachines({ ...common, machines: started, log });
  void runSimulatedFaults({ ...common, plane, machines: started, log });
  return {
    plane,
    nodes: started,
    async stop() {
      stop.abort();
      await Promise.all([started.stop(), servers?.close()]);
      await plane.stop();
    },
  };
}

/** Resolves when pods can be made: every node that is on is Ready, and the default ServiceAccount is there with what it mounts. */
export async function usable(informers: InformerFactory, nodeNames: readonly string[]): Promise<void> {
  const nodes = informers.informer(kinds.Node);
  const accounts = informers.informer(kinds.ServiceAccount);
  const configMaps = informers.informer(kinds.ConfigMap);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const ready = nodeNames.every((name) => isReady(nodes.get(name) ?? {}));
      if (!ready || accounts.get('default/default') === undefined || configMaps.get('default/kube-root-ca.crt') === undefined) return;
      for (const leave of leaving) leave();
      resolve();
    };
    const leaving: (() => void)[] = [];
    const on = { add: look, update: look };
    leaving.push(nodes.on(on), accounts.on(on), configMaps.on(on));
    look();
  });
}
