import { milliValue, quantityToNumber } from '../../../api/quantity.ts';
import { type Clock, delay, type Timer } from '../../../util/clock.ts';
import { parseDuration } from '../../../util/duration.ts';
import { parseCIDR } from '../../../util/ipv4.ts';
import { containerAnnotations } from '../../containers/config.ts';
import { type Container, type ContainerRuntime, type PodSandbox, RuntimeError, type RuntimeEvent, type RuntimeImage } from '../runtime.ts';
import { createAddressPool } from './addresses.ts';
import { type Behaviour, behaviourOf } from './behaviour.ts';
import { simulatedExec, simulatedLogs } from './streams.ts';

export interface SimulatedRuntimeOptions {
  clock: Clock;
  podCIDR: string;
  /** How often the node's machine was started before; default 0. Containers of each life have ids of their own. */
  lives?: number;
  /** A container without limits or behaviour is said to use that much; default 1m and 10Mi. */
  use?: { cpu: string; memory: string };
}

interface Sandbox {
  shown: PodSandbox;
  containers: Set<string>;
}

interface Running {
  shown: Container;
  behaviour: Behaviour;
  timer: Timer | undefined;
  /** Calls those who wait for its end. */
  ended: (() => void)[];
}

/** A Job's container or an init container that says nothing else works that long. */
const workMs = 1_000;
const imageBytes = 10_000_000;

/**
 * A runtime that pretends: state changes, delays, crashes and exit codes come from the pod's `shoal.dev/simulate`
 * annotation and run on the clock; there are no processes, no network and no files.
 */
export function createSimulatedRuntime({ clock, podCIDR, lives = 0, use }: SimulatedRuntimeOptions): ContainerRuntime {
  const pool = createAddressPool(podCIDR);
  // No two nodes of a cluster have the same range, so no two containers have the same id.
  const { base } = parseCIDR(podCIDR);
  let serial = 0;
  const part = (number: number): string => number.toString(16).padStart(8, '0');
  const newId = (): string => `${part(base)}${part(++serial)}${part(lives)}`.padEnd(64, '0');
  const sandboxes = new Map<string, Sandbox>();
  const containers = new Map<string, Running>();
  const images = new Map<string, RuntimeImage>();
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const emit = (type: RuntimeEvent['type'], podUid: string, id: string): void => {
    for (const listener of listeners) listener({ type, podUid, id });
  };
  const uidOf = (sandboxId: string): string => sandboxes.get(sandboxId)?.shown.config.uid ?? '';
  const get = (id: string): Running => {
    const found = containers.get(id);
    if (found === undefined) throw new RuntimeError('not-found', `No such container: ${id}`);
    return found;
  };
  const pause = async (text: string | undefined): Promise<void> => {
    const ms = parseDuration(text) ?? 0;
    if (ms > 0) await delay(clock, ms);
  };

  function end(running: Running, exitCode: number): void {
    if (running.shown.state !== 'running') return;
    running.timer?.cancel();
    running.shown = {
      ...running.shown,
      state: 'exited',
      exitCode,
      finishedAt: clock.now(),
      reason: exitCode === 0 ? 'Completed' : 'Error',
    };
    for (const done of running.ended.splice(0)) done();
    emit('stopped', uidOf(running.shown.sandboxId), running.shown.id);
  }

  /** When and how a container that was just started ends by itself. */
  function plannedEnd({ behaviour, shown }: Running): { afterMs: number; exitCode: number } | undefined {
    const crash = parseDuration(behaviour.crashAfter);
    if (crash !== undefined && shown.attempt < (behaviour.crashes ?? Number.POSITIVE_INFINITY)) {
      return { afterMs: crash, exitCode: behaviour.exitCode ?? 1 };
    }
    const exit = parseDuration(behaviour.exitAfter);
    if (exit !== undefined) return { afterMs: exit, exitCode: behaviour.exitCode ?? 0 };
    return shown.annotations[containerAnnotations.runsToEnd] === 'true' ? { afterMs: workMs, exitCode: 0 } : undefined;
  }

  return {
    version: async () => 'simulated://1.0.0',

    async runPodSandbox(config) {
      const ip = config.hostNetwork ? '' : pool.take();
      if (ip === undefined) throw new RuntimeError('create-failed', `no addresses left in ${podCIDR}`);
      const id = newId();
      const { name, namespace, uid, attempt, labels, annotations, hostNetwork } = config;
      const shown: PodSandbox = {
        id,
        config: { name, namespace, uid, attempt, labels, annotations, hostNetwork },
        state: 'ready',
        createdAt: clock.now(),
        ip,
      };
      sandboxes.set(id, { shown, containers: new Set() });
      return shown;
    },
    async stopPodSandbox(id) {
      const sandbox = sandboxes.get(id);
      if (sandbox === undefined || sandbox.shown.state === 'notready') return;
      for (const one of sandbox.containers) {
        const running = containers.get(one);
        if (running !== undefined) end(running, 137);
      }
      pool.release(sandbox.shown.ip);
      sandbox.shown = { ...sandbox.shown, state: 'notready', ip: '' };
      emit('sandbox-stopped', sandbox.shown.config.uid, id);
    },
    async removePodSandbox(id) {
      const sandbox = sandboxes.get(id);
      if (sandbox === undefined) return;
      if (sandbox.shown.state === 'ready') pool.release(sandbox.shown.ip);
      for (const one of sandbox.containers) {
        containers.get(one)?.timer?.cancel();
        containers.delete(one);
      }
      sandboxes.delete(id);
    },
    listPodSandboxes: async () => [...sandboxes.values()].map(({ shown }) => shown),

    async createContainer(sandboxId, { name, attempt, image, labels, annotations }) {
      const sandbox = sandboxes.get(sandboxId);
      if (sandbox === undefined) throw new RuntimeError('create-failed', `No such container: ${sandboxId}`);
      const id = newId();
      const shown: Container = {
        id,
        sandboxId,
        name,
        attempt,
        image,
        imageId: images.get(image)?.id ?? '',
        labels,
        annotations,
        state: 'created',
        createdAt: clock.now(),
        startedAt: undefined,
        finishedAt: undefined,
        exitCode: undefined,
        reason: undefined,
        message: undefined,
      };
      containers.set(id, { shown, behaviour: behaviourOf(sandbox.shown.config.annotations, name), timer: undefined, ended: [] });
      sandbox.containers.add(id);
      return id;
    },
    async startContainer(id) {
      const running = get(id);
      await pause(running.behaviour.startDelay);
      if (running.behaviour.startError !== undefined) {
        running.shown = {
          ...running.shown,
          state: 'exited',
          exitCode: 128,
          finishedAt: clock.now(),
          reason: 'StartError',
          message: running.behaviour.startError,
        };
        throw new RuntimeError('start-failed', running.behaviour.startError);
      }
      if (sandboxes.get(running.shown.sandboxId)?.shown.state !== 'ready')
        throw new RuntimeError('start-failed', 'the sandbox is not running');
      running.shown = { ...running.shown, state: 'running', startedAt: clock.now() };
      emit('started', uidOf(running.shown.sandboxId), id);
      const planned = plannedEnd(running);
      if (planned !== undefined) running.timer = clock.after(planned.afterMs, () => end(running, planned.exitCode), { unref: true });
    },
    async stopContainer(id, graceSeconds) {
      const running = containers.get(id);
      if (running?.shown.state !== 'running') return;
      const needed = parseDuration(running.behaviour.stopDelay) ?? 0;
      const late = needed > graceSeconds * 1000;
      const exitCode = late || graceSeconds <= 0 ? 137 : (running.behaviour.stopExitCode ?? 0);
      const afterMs = Math.min(needed, graceSeconds * 1000);
      if (afterMs <= 0) {
        end(running, exitCode);
        return;
      }
      running.timer?.cancel();
      await new Promise<void>((resolve) => {
        running.ended.push(resolve);
        running.timer = clock.after(afterMs, () => end(running, exitCode), { unref: true });
      });
    },
    async removeContainer(id) {
      const running = containers.get(id);
      if (running === undefined) return;
      running.timer?.cancel();
      for (const done of running.ended.splice(0)) done();
      containers.delete(id);
      sandboxes.get(running.shown.sandboxId)?.containers.delete(id);
    },
    async updateContainer(id) {
      if (get(id).shown.state !== 'running') throw new RuntimeError('not-found', `container ${id} is not running`);
    },
    listContainers: async () => [...containers.values()].map(({ shown }) => shown),

    async *events(signal) {
      const queue: RuntimeEvent[] = [];
      let wake = (): void => undefined;
      const listener = (event: RuntimeEvent): void => {
        queue.push(event);
        wake();
      };
      const stop = (): void => wake();
      listeners.add(listener);
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted) {
          for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
          if (signal.aborted) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener('abort', stop);
      }
    },

    exec: async (id) => simulatedExec(get(id).shown),
    async execSync(id) {
      get(id);
      return { exitCode: 0, output: '' };
    },
    attach: async (id) => simulatedExec(get(id).shown),
    async logs(id, options) {
      const running = get(id);
      const ended = new Promise<void>((resolve) => {
        if (running.shown.state === 'running') running.ended.push(resolve);
        else resolve();
      });
      return simulatedLogs(running.shown, options, ended);
    },
    async portForward() {
      throw new RuntimeError('unavailable', 'this pod is simulated: nothing listens in it');
    },

    imageStatus: async (image) => images.get(image),
    listImages: async () => [...images.values()],
    async pullImage(image, _auth, pod) {
      const behaviour = behaviourOf(pod?.annotations ?? {});
      await pause(behaviour.pullDelay);
      if (behaviour.pullError !== undefined) throw new RuntimeError('pull-failed', behaviour.pullError);
      const id = `simulated/${image}`;
      images.set(image, { id, repoTags: [image], repoDigests: [], sizeBytes: imageBytes, user: '1000' });
      return id;
    },
    mountImage: async () => undefined,
    removeImage: async (image) => void images.delete(image),

    async stats() {
      const found = [...containers.values()].filter(({ shown }) => shown.state === 'running');
      return found.map(({ shown, behaviour }) => {
        const bytes = quantityToNumber(behaviour.memory ?? use?.memory ?? '10Mi');
        return {
          id: shown.id,
          cpuNanoseconds: milliValue(behaviour.cpu ?? use?.cpu ?? '1m') * 1_000 * (clock.now() - (shown.startedAt ?? clock.now())),
          memoryWorkingSetBytes: bytes,
          memory: { usageBytes: bytes, rssBytes: bytes, pageFaults: 0, majorPageFaults: 0 },
        };
      });
    },
    diskUsage: async (id) => quantityToNumber(get(id).behaviour.disk ?? '0'),
    probe(id, purpose) {
      const running = containers.get(id);
      if (running?.shown.state !== 'running') return { success: false, output: 'the container is not running' };
      const age = clock.now() - (running.shown.startedAt ?? clock.now());
      const { readyAfter, ready, unhealthyAfter } = running.behaviour;
      const failing =
        purpose === 'liveness'
          ? age >= (parseDuration(unhealthyAfter) ?? Number.POSITIVE_INFINITY)
          : age < (parseDuration(readyAfter) ?? 0) || (purpose === 'readiness' && ready === false);
      return failing ? { success: false, output: 'HTTP probe failed with statuscode: 503' } : { success: true, output: '' };
    },
  };
}
