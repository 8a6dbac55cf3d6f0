import type { Client } from '../client/client.ts';
import { type Clock, delay } from '../util/clock.ts';
import type { PodSource } from './pod-source.ts';
import { type ContainerRuntime, RuntimeError } from './runtime/runtime.ts';

/** What can be put wrong with image pulls; `match` is part of the image's name, absent for all. */
export interface PullFault {
  match: string | undefined;
  /** Every pull takes that much longer; milliseconds. */
  delayMs: number;
  /** Why every pull fails; undefined when they do not. */
  failure: string | undefined;
}

/** Where a kubelet can be tampered with from outside, so that it is put to the test: nothing of it is persistent. */
export interface NodeControls {
  /** By the name of what put it there. */
  pulls: Map<string, PullFault>;
  /** Milliseconds that the node's clock is off by, by the name of what put it off. */
  skews: Map<string, number>;
  /** Conditions that the node is said to have, by the name of what says so. */
  pressures: Map<string, 'MemoryPressure' | 'DiskPressure'>;
}

export const createNodeControls = (): NodeControls => ({ pulls: new Map(), skews: new Map(), pressures: new Map() });

/** A clock that is off as the controls say; timers run at their pace. */
export const skewable = (clock: Clock, { skews }: NodeControls): Clock => ({
  now: () => (skews.size === 0 ? clock.now() : skews.values().reduce((now, offset) => now + offset, clock.now())),
  after: (ms, fire, options) => clock.after(ms, fire, options),
});

/** A runtime whose image pulls are late or fail as the controls say. */
export const withPullFaults = (runtime: ContainerRuntime, { pulls }: NodeControls, clock: Clock): ContainerRuntime => ({
  ...runtime,
  async pullImage(image, auth, pod) {
    for (const { match, delayMs, failure } of pulls.values()) {
      if (match !== undefined && !image.includes(match)) continue;
      if (delayMs > 0) await delay(clock, delayMs);
      if (failure !== undefined) throw new RuntimeError('pull-failed', failure);
    }
    return runtime.pullImage(image, auth, pod);
  },
});

/** Whether a simulated node can do anything: `held` machines stand still, the requests of `cut` ones fail. */
export interface Gate {
  state: 'open' | 'held' | 'cut';
  set(state: Gate['state']): void;
  /** Resolves when the machine does not stand still (any more). */
  running(): Promise<void>;
  /** Calls `run` now, or when the gate opens, in order. */
  deliver(run: () => void): void;
}

export function createGate(): Gate {
  let state: Gate['state'] = 'open';
  let moving = Promise.withResolvers<void>();
  moving.resolve();
  const backlog: (() => void)[] = [];
  return {
    get state() {
      return state;
    },
    set(next) {
      if (next === 'held' && state !== 'held') moving = Promise.withResolvers();
      state = next;
      if (next !== 'held') moving.resolve();
      if (next === 'open') for (const run of backlog.splice(0)) run();
    },
    running: () => moving.promise,
    deliver(run) {
      if (state === 'open') run();
      else backlog.push(run);
    },
  };
}

const unreachable = 'connect ETIMEDOUT: the node is cut off';

/** The API as a node behind a gate reaches it. Watches are left out: simulated nodes share informers. */
export function gatedClient(client: Client, gate: Gate, refuse: (text: string) => Error): Client {
  return new Proxy(client, {
    get(target, key: keyof Client) {
      const method = target[key];
      if (key === 'watch') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        await gate.running();
        if (gate.state === 'cut') throw refuse(unreachable);
        return Reflect.apply(method, target, args);
      };
    },
  });
}

/** The node's pods as it learns of them: behind a closed gate, later. */
export const gatedPods = (pods: PodSource, gate: Gate): PodSource => ({
  ...pods,
  on: (handlers) =>
    pods.on({
      add: (pod) => gate.deliver(() => handlers.add?.(pod)),
      update: (pod, previous) => gate.deliver(() => handlers.update?.(pod, previous)),
      delete: (pod) => gate.deliver(() => handlers.delete?.(pod)),
    }),
});
