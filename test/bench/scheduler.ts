import { kinds } from '../../src/api/scheme.ts';
import type { Pod } from '../../src/api/types/core-v1.ts';
import { inProcessCluster } from '../support/in-process.ts';
import { round, say, timed } from './measure.ts';

export interface SchedulerReport {
  nodes: number;
  pods: number;
  /** Until every simulated node had registered. */
  nodesReadyMs: number;
  /** From the first create until the last pod was bound, API, scheduler and kubelets in one process. */
  boundMs: number;
  boundPerSecond: number;
  /** Until the simulated kubelets had reported every pod Running. */
  runningMs: number;
}

const nodes = 1000;
const pods = 2000;
const concurrency = 64;

const pod = (index: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `pod-${index}`, namespace: 'default', labels: { app: 'bench' } },
  spec: { containers: [{ name: 'main', image: 'website:v1.0', resources: { requests: { cpu: '100m', memory: '64Mi' } } }] },
});

/** A whole control plane and 1,000 simulated nodes in one process. */
export async function scheduler(): Promise<SchedulerReport> {
  const { ms: nodesReadyMs, value: cluster } = await timed(() => inProcessCluster({ nodes }));
  try {
    const informer = cluster.plane.informers.informer(kinds.Pod);
    await informer.synced();
    const bound = counter(pods);
    const running = counter(pods);
    const see = (object: Pod): void => {
      const name = object.metadata.name ?? '';
      if ((object.spec?.nodeName ?? '') !== '') bound.add(name);
      if (object.status?.phase === 'Running') running.add(name);
    };
    informer.on({ add: see, update: see });
    const since = performance.now();
    const indexes = Array.from({ length: pods }, (_, index) => index).values();
    const creating = Array.from({ length: concurrency }, async () => {
      for (const index of indexes) await cluster.client.create(kinds.Pod, pod(index));
    });
    await Promise.all([...creating, bound.reached]);
    const boundMs = performance.now() - since;
    say(`scheduler: ${pods} pods bound to ${nodes} nodes in ${Math.round(boundMs)} ms`);
    await running.reached;
    const runningMs = performance.now() - since;
    return {
      nodes,
      pods,
      nodesReadyMs: round(nodesReadyMs),
      boundMs: round(boundMs),
      boundPerSecond: round(pods / (boundMs / 1000)),
      runningMs: round(runningMs),
    };
  } finally {
    await cluster.stop();
  }
}

/** Resolves `reached` when that many different names were added. */
function counter(count: number): { add(name: string): void; reached: Promise<void> } {
  const names = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    add(name) {
      names.add(name);
      if (names.size === count) resolve();
    },
    reached: promise,
  };
}
