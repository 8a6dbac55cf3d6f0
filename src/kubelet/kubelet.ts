import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { Node, NodeStatus, Pod } from '../api/types/core-v1.ts';
import { createRecorder } from '../client/recorder.ts';
import { delay, timestamp } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import { createImagePuller } from './containers/images.ts';
import type { KubeletContext } from './context.ts';
import { watchLocalStorage } from './eviction.ts';
import { startHeartbeat } from './node/heartbeat.ts';
import { kubeletConfig } from './node/kubelet-config.ts';
import { allocatableOf, kubeletVersion, nodeStatus } from './node/node-status.ts';
import { registerNode } from './node/register.ts';
import { watchedObjects } from './objects.ts';
import type { Kubelet, KubeletOptions } from './options.ts';
import { rejectionOf, resizeRefusalOf } from './pod/admission.ts';
import { mainContainers } from './pod/pod.ts';
import { removeFromRuntime } from './pod/sync.ts';
import { createPodWorker, type PodWorker } from './pod/worker.ts';
import { ownPods } from './pod-source.ts';
import { createProbes } from './probes/probes.ts';
import { createRuntimeCache } from './runtime-cache.ts';
import { createStatusManager } from './status/manager.ts';
import { createTokenSource } from './volumes/tokens.ts';
import { createVolumes } from './volumes/volumes.ts';

const defaultMaxPods = 110;
const defaultRelistMs = 10_000;
const reconnectMs = 1_000;

/** Registers the node and runs its pods until stopped. Resolves when the node is registered and its pods are known. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { nodeName, nodeIP, client, informers, runtime, clock, rootDir, random = Math.random } = options;
  const log = options.log.for(`kubelet ${nodeName}`);
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const workers = new Map<string, PodWorker>();

  const pods = options.pods ?? ownPods(informers, nodeName);
  const nodes = options.nodes ?? informers.informer(kinds.Node, { fieldSelector: `metadata.name=${nodeName}` });
  const objects = options.objects ?? watchedObjects({ client, clock, log, signal });
  const recorder = createRecorder({ client, clock, component: 'kubelet', host: nodeName });
  const podsDir = rootDir === undefined ? undefined : `${rootDir}/pods`;
  const capacity = { 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', ...options.capacity, pods: String(options.maxPods ?? defaultMaxPods) };
  const allocatable = allocatableOf(capacity, options.reserved ?? {});
  const cache = createRuntimeCache(runtime);
  const services = rootDir === undefined ? undefined : informers.informer(kinds.Service);

  async function status(before: Node | undefined, now: string): Promise<NodeStatus> {
    let problem: string | undefined;
    let runtimeVersion = before?.status?.nodeInfo?.containerRuntimeVersion ?? '';
    const images = await Promise.all([runtime.version(), runtime.listImages()]).then(
      ([version, found]) => {
        runtimeVersion = version;
        return found;
      },
      () => {
        problem = 'container runtime is down';
        return [];
      },
    );
    const facts = { nodeName, nodeIP, kubeletPort: options.kubeletPort, capacity, allocatable, system: options.system ?? {} };
    const pressures = options.pressures?.();
    return nodeStatus({ ...facts, runtimeVersion, images, problem, ...(pressures === undefined ? {} : { pressures }) }, before, now);
  }

  const first = await status(undefined, timestamp(clock));
  const registered = await registerNode({ ...options, log, signal }, first);
  recorder.event(registered, 'Normal', 'Starting', 'Starting kubelet.');

  const context: KubeletContext = {
    nodeName,
    nodeIP,
    clusterDNS: options.clusterDNS,
    clusterDomain: options.clusterDomain,
    client,
    clock,
    log,
    recorder,
    runtime,
    runtimeName: first.nodeInfo?.containerRuntimeVersion.split('://')[0] ?? '',
    cache,
    objects,
    // Nothing reads the variables of containers that are simulated.
    services,
    images: createImagePuller({ runtime, clock, recorder, objects }),
    probes: createProbes({ runtime, clock, recorder, changed: (uid) => workers.get(uid)?.wake() }),
    volumes: createVolumes({ podsDir, tokens: createTokenSource({ client, clock }) }),
    podsDir,
    capacity,
    allocatable,
    node: () => nodes.get(nodeName),
  };
  const statuses = createStatusManager({ client, clock, log, signal });
  objects.onChange((uid) => workers.get(uid)?.wake());

  await Promise.all([pods.synced(), nodes.synced(), services?.synced()]);
  if (signal.aborted) throw signal.reason;

  const others = (pod: Pod): Pod[] =>
    [...workers.values()].filter(({ state, active }) => active && state.uid !== pod.metadata.uid).map(({ state }) => state.pod);
  const admit = (pod: Pod) => rejectionOf(pod, others(pod), allocatable, context.node() ?? registered);
  const refuseResize = (pod: Pod) => resizeRefusalOf(pod, others(pod), allocatable);
  const freed = (): void => {
    for (const worker of workers.values()) if (worker.state.resize.pending?.reason === 'Deferred') worker.wake();
  };
  const watchStorage = watchLocalStorage(context, workers, signal);
  const seen = (pod: Pod): void => {
    const uid = pod.metadata.uid ?? '';
    if (signal.aborted) return;
    objects.register(pod);
    watchStorage(pod);
    const known = workers.get(uid);
    if (known !== undefined) {
      known.update(pod);
      return;
    }
    const gone = (): void => {
      workers.delete(uid);
      objects.unregister(uid);
      // State that is restored may bring the very pod back before its end was over.
      const again = pods.get(keyOf(pod));
      if (again?.metadata.uid === uid) seen(again);
    };
    const worker = createPodWorker(pod, { context, statuses, admit, refuseResize, freed, random, gone });
    workers.set(uid, worker);
    worker.wake();
  };
  const unsubscribe = pods.on({
    add: seen,
    update: seen,
    delete: (pod) => workers.get(pod.metadata.uid ?? '')?.remove(),
  });

  /** Ends what the runtime and the disk have of pods that the API does not. */
  async function sweep(): Promise<void> {
    for (const [uid, found] of await cache.all()) {
      if (!workers.has(uid)) {
        log.info(`removing what is left of pod ${uid}, which is not in the API`);
        await removeFromRuntime(context, found);
      }
    }
    for (const uid of await context.volumes.uids()) {
      if (workers.has(uid)) continue;
      await context.volumes.unmount(uid);
      await context.volumes.remove(uid);
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of runtime.events(signal)) {
          if (event.type !== 'started') workers.get(event.podUid)?.wake();
        }
      } catch (thrown) {
        if (signal.aborted) return;
        log.warn(`following the runtime's events: ${messageOf(thrown)}; again in ${reconnectMs} ms`);
      }
      await delay(clock, reconnectMs, signal).catch(() => undefined);
      // Whatever happened meanwhile went unseen.
      for (const worker of workers.values()) worker.wake();
    }
  }

  async function relist(periodMs: number): Promise<void> {
    let before = await cache.all().catch(() => undefined);
    while (!signal.aborted) {
      await delay(clock, periodMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = await cache.all().catch(() => undefined);
      if (now === undefined) continue;
      for (const [uid, worker] of workers) {
        if (fingerprint(before?.get(uid)) !== fingerprint(now.get(uid))) worker.wake();
      }
      before = now;
      await sweep().catch((thrown: unknown) => log.debug(`sweeping: ${messageOf(thrown)}`));
    }
  }

  const heartbeat = startHeartbeat({
    client,
    clock,
    log,
    recorder,
    registered: { ...registered, status: first },
    leaseRenewMs: options.leaseRenewMs ?? 10_000,
    statusReportMs: options.statusReportMs ?? 300_000,
    random,
    current: context.node,
    status,
  });
  const loops = [follow()];
  const relistMs = options.relistMs ?? defaultRelistMs;
  if (relistMs > 0) loops.push(relist(relistMs));
  await sweep().catch((thrown: unknown) => log.warn(`sweeping: ${messageOf(thrown)}`));

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    unsubscribe();
    heartbeat.stop();
    stopping.abort(new Error('the kubelet stops'));
    await Promise.all([...workers.values()].map((worker) => worker.stop()));
    await Promise.all(loops);
  }
  const stopOnce = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  options.signal.addEventListener('abort', () => void stopOnce(), { once: true });

  const find = (namespace: string, name: string): PodWorker | undefined => {
    const uid = pods.get(`${namespace}/${name}`)?.metadata.uid;
    return uid === undefined ? undefined : workers.get(uid);
  };
  const current = (): Pod[] => [...workers.values()].map(({ state }) => ({ ...state.pod, status: state.status }));
  return {
    nodeName,
    backend: {
      nodeName,
      runtime,
      capacity,
      version: kubeletVersion,
      ...(options.nodeUsage === undefined ? {} : { nodeUsage: options.nodeUsage }),
      ...(rootDir === undefined ? {} : { logDir: '/var/log' }),
      config: kubeletConfig({ ...options, maxPods: Number(capacity.pods) }),
      pods: current,
      async containerId(namespace, podName, container, { previous = false, running = false } = {}) {
        const worker = find(namespace, podName);
        if (worker === undefined) return undefined;
        const name = container === '' ? mainContainers(worker.state.pod)[0]?.name : container;
        const instances = (await cache.pod(worker.state.uid)).containers.filter((one) => one.name === name);
        const found = instances[previous ? 1 : 0];
        return running && found?.state !== 'running' ? undefined : found?.id;
      },
      async sandboxId(namespace, podName) {
        const worker = find(namespace, podName);
        if (worker === undefined) return undefined;
        return (await cache.pod(worker.state.uid)).sandboxes.find(({ state }) => state === 'ready')?.id;
      },
    },
    pods: current,
    stop: stopOnce,
  };
}

/** What tells two states of a pod in the runtime apart. */
const fingerprint = (
  found: { sandboxes: { id: string; state: string }[]; containers: { id: string; state: string }[] } | undefined,
): string => [...(found?.sandboxes ?? []), ...(found?.containers ?? [])].map(({ id, state }) => `${id}=${state}`).join();
