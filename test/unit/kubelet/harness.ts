import { kinds } from '../../../src/api/scheme.ts';
import type { Container, Event, Pod, PodSpec } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createInformerFactory } from '../../../src/client/informers.ts';
import { startKubelet } from '../../../src/kubelet/kubelet.ts';
import { informedObjects } from '../../../src/kubelet/objects.ts';
import type { Kubelet, KubeletOptions } from '../../../src/kubelet/options.ts';
import { sharedPods } from '../../../src/kubelet/pod-source.ts';
import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime.ts';
import type { Behaviour } from '../../../src/kubelet/runtime/simulated/behaviour.ts';
import { createSimulatedRuntime } from '../../../src/kubelet/runtime/simulated/simulated.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi, type FakeApi } from '../client/fake-api.ts';

export interface Harness {
  api: FakeApi;
  clock: VirtualClock;
  runtime: ContainerRuntime;
  kubelet: Kubelet;
  /** Starts another kubelet over the same runtime, as after a restart of the process. */
  restart(): Promise<void>;
  pod(name: string): Pod | undefined;
  /** `reason: message (xN)` of the events about a pod, in order of their first occurrence. */
  events(name: string): string[];
  /** Marks a pod as being deleted. */
  deletePod(name: string, graceSeconds: number): void;
}

export async function startNode(options: Partial<KubeletOptions> = {}): Promise<Harness> {
  const api = createFakeApi();
  const clock = virtualClock();
  const client = createInProcessClient(api.handle);
  const informers = createInformerFactory({ client, clock, log: silentLogger, random: () => 0.5 });
  const podsOf = sharedPods(informers.informer(kinds.Pod));
  const runtime = options.runtime ?? createSimulatedRuntime({ clock, podCIDR: '10.244.1.0/24' });
  const start = async (): Promise<Kubelet> => {
    const starting = startKubelet({
      nodeName: 'node-1',
      client,
      informers,
      pods: podsOf('node-1'),
      objects: informedObjects(informers),
      nodes: informers.informer(kinds.Node),
      runtime,
      clock,
      log: silentLogger,
      signal: new AbortController().signal,
      nodeIP: '172.18.0.3',
      podCIDR: '10.244.1.0/24',
      clusterDNS: '10.96.0.10',
      clusterDomain: 'cluster.local',
      capacity: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
      kubeletPort: 10250,
      relistMs: 0,
      random: () => 0.5,
      ...options,
    });
    await clock.advance(0);
    const kubelet = await starting;
    await clock.advance(0);
    return kubelet;
  };
  const harness: Harness = {
    api,
    clock,
    runtime,
    kubelet: await start(),
    async restart() {
      await harness.kubelet.stop();
      harness.kubelet = await start();
    },
    pod: (name) => api.get<Pod>('pods', name, 'default'),
    events: (name) =>
      api
        .all<Event>('events')
        .filter(({ involvedObject }) => involvedObject.kind === 'Pod' && involvedObject.name === name)
        .map(({ reason, message, count }) => `${reason}: ${message}${(count ?? 1) > 1 ? ` (x${count})` : ''}`),
    deletePod(name, graceSeconds) {
      const pod = harness.pod(name) as Pod;
      const metadata = { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: graceSeconds };
      api.put('pods', { ...pod, metadata });
    },
  };
  return harness;
}

export const container = (fields: Partial<Container> = {}): Container => ({
  name: 'web',
  image: 'web:v1',
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...fields,
});

export function pod(name: string, spec: Partial<PodSpec> = {}, behaviour?: Behaviour): Pod {
  const annotations = behaviour === undefined ? undefined : { 'shoal.dev/simulate': JSON.stringify(behaviour) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-of-${name}`, ...(annotations === undefined ? {} : { annotations }) },
    spec: { nodeName: 'node-1', restartPolicy: 'Always', terminationGracePeriodSeconds: 30, containers: [container()], ...spec },
  };
}

export const conditions = (one: Pod | undefined): Record<string, string> =>
  Object.fromEntries(
    (one?.status?.conditions ?? []).map(({ type, status, reason }) => [type, (reason ?? '') === '' ? status : `${status} ${reason}`]),
  );
