import { expect } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import type { Node, Pod } from '../../../src/api/types/core-v1.ts';
import { createApiServer } from '../../../src/apiserver/server.ts';
import type { Client } from '../../../src/client/client.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createInformerFactory } from '../../../src/client/informers.ts';
import type { ControllerConfig } from '../../../src/controllers/context.ts';
import { targetNode } from '../../../src/controllers/daemonset/nodes.ts';
import { startControllers } from '../../../src/controllers/manager.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { microTimestamp, timestamp } from '../../../src/util/clock.ts';
import { createLogger } from '../../../src/util/log.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';

export interface World {
  client: Client;
  clock: VirtualClock;
  /** Log lines of warnings and errors. */
  logged: string[];
  /** Waits, at most three virtual seconds, until `check` holds. */
  until(what: string, check: () => Promise<boolean>): Promise<void>;
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): Promise<T[]>;
  events(reason: string): Promise<string[]>;
  addNode(name: string, change?: (node: Node) => void): Promise<Node>;
  /** Stops a node's heartbeats and its kubelet. */
  kill(node: string): void;
  stop(): Promise<void>;
}

export interface WorldOptions {
  config?: Partial<ControllerConfig>;
  /** What the pretended kubelet makes of a pod that it starts; default: running and ready. `hold` leaves it as it is. */
  pod?: (pod: Pod) => 'ready' | 'running' | 'succeeded' | 'failed' | 'hold';
  nodes?: number;
  /** Without heartbeats nodes count as alive for good, which makes hours pass faster. */
  heartbeats?: boolean;
  serviceCIDR?: string;
}

/** The real API server over the memory store, all controllers, and a pretended scheduler and kubelet, on virtual time. */
export async function startWorld({
  config,
  pod: behaviour = () => 'ready',
  nodes: nodeCount = 2,
  heartbeats = true,
  serviceCIDR,
}: WorldOptions = {}): Promise<World> {
  const clock = virtualClock();
  const logged: string[] = [];
  const log = createLogger('test', { level: 'warn', write: (line) => void logged.push(line) });
  const server = createApiServer({
    store: createMemoryStore(),
    clock,
    log,
    advertise: { address: '172.20.0.2', port: 6443 },
    ...(serviceCIDR === undefined ? {} : { serviceCIDR }),
  });
  await server.bootstrap();
  const admin = { name: 'system:admin', groups: ['system:masters', 'system:authenticated'] };
  const client = createInProcessClient((request) => server.handle(request, admin));
  const informers = createInformerFactory({ client, clock, log });
  const stopped = new AbortController();

  /** Renews the node's lease every ten seconds, as its kubelet would. */
  const heartbeat = (name: string): void => {
    const renew = async (): Promise<void> => {
      const renewTime = microTimestamp(clock);
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec: { renewTime },
      };
      await client.patch(kinds.Lease, name, 'kube-node-lease', { spec: { renewTime } }).catch(() => client.create(kinds.Lease, lease));
    };
    void renew();
    const next = (): void => {
      clock.after(10_000, () => {
        if (killed.has(name) || stopped.signal.aborted) return;
        void renew();
        next();
      });
    };
    next();
  };
  const killed = new Set<string>();
  const addNode = (name: string, change: (node: Node) => void = () => undefined): Promise<Node> => {
    const now = timestamp(clock);
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastHeartbeatTime: now, lastTransitionTime: now };
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      status: { conditions: [ready] },
    };
    change(node);
    if (heartbeats) heartbeat(name);
    return client.create(kinds.Node, node);
  };
  for (let at = 0; at < nodeCount; at++) await addNode(`node-${at}`);

  const pods = informers.informer(kinds.Pod);
  await startControllers({
    client,
    informers,
    clock,
    log,
    signal: stopped.signal,
    config: { ...(heartbeats ? {} : { nodeMonitorGracePeriodMs: 1e12 }), ...config },
  });
  let scheduled = 0;
  const busy = new Set<string>();
  const act = async (pod: Pod): Promise<void> => {
    const { name = '', namespace, uid = '' } = pod.metadata;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!killed.has(pod.spec?.nodeName ?? ''))
        await client.delete(kinds.Pod, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
      return;
    }
    const live = await client.get(kinds.Pod, name, namespace);
    if (live.status?.phase !== 'Pending' || behaviour(live) === 'hold') return;
    if ((live.spec?.nodeName ?? '') === '') {
      const target = { apiVersion: 'v1', kind: 'Node', name: targetNode(live) ?? `node-${scheduled++ % Math.max(1, nodeCount)}` };
      await client.createSubresource(kinds.Pod, name, namespace, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name },
        target,
      });
      return;
    }
    const outcome = behaviour(live);
    const phase = outcome === 'succeeded' ? 'Succeeded' : outcome === 'failed' ? 'Failed' : 'Running';
    const ready = { type: 'Ready', status: outcome === 'ready' ? 'True' : 'False', lastTransitionTime: timestamp(clock) };
    const podIP = `10.244.0.${(scheduled++ % 250) + 1}`;
    const patch = { status: { phase, conditions: [ready], podIP, podIPs: [{ ip: podIP }] } };
    await client.patch(kinds.Pod, name, namespace, patch, { subresource: 'status' });
  };
  const kubelet = (pod: Pod): void => {
    const key = `${pod.metadata.uid}/${pod.metadata.resourceVersion}`;
    if (busy.has(key)) return;
    busy.add(key);
    act(pod).catch(() => undefined);
  };
  pods.on({ add: kubelet, update: kubelet });

  const world: World = {
    client,
    clock,
    logged,
    async until(what, check) {
      for (let tries = 0; tries < 3000; tries++) {
        if (await check()) return;
        // Back-offs after conflicts take a few milliseconds.
        await clock.advance(1);
      }
      expect.fail(`never happened: ${what}\n${logged.slice(-20).join('')}`);
    },
    list: async (kind, namespace = 'default') => (await client.list(kind, kind.namespaced ? { namespace } : {})).items,
    events: async (reason) =>
      (await client.list(kinds.Event, {})).items.filter((event) => event.reason === reason).map(({ message = '' }) => message),
    addNode,
    kill: (node) => void killed.add(node),
    async stop() {
      stopped.abort();
      informers.stop();
      await server.close();
    },
  };
  // Pods are admitted only where their service account is.
  const hasAccount = async (): Promise<boolean> =>
    (await world.list(kinds.ServiceAccount)).some(({ metadata }) => metadata.name === 'default');
  await world.until('default ServiceAccount', hasAccount);
  return world;
}
