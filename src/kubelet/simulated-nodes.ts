import { kinds } from '../api/scheme.ts';
import { ApiError } from '../api/status.ts';
import type { Taint } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { startKubelet } from './kubelet.ts';
import {
  createGate,
  createNodeControls,
  type Gate,
  gatedClient,
  gatedPods,
  type NodeControls,
  skewable,
  withPullFaults,
} from './node-controls.ts';
import { informedObjects } from './objects.ts';
import type { Kubelet } from './options.ts';
import { sharedPods } from './pod-source.ts';
import { createSimulatedRuntime } from './runtime/simulated/simulated.ts';

export interface SimulatedNodeSpec {
  name: string;
  /** Default: the next address of 10.0.0.0/8. */
  nodeIP?: string;
  podCIDR?: string;
  /** Quantities; default 4 CPUs, 16Gi of memory, 100Gi of disk. */
  capacity?: Record<string, string>;
  maxPods?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  taints?: Taint[];
}

export interface SimulatedNodesOptions {
  /** That many nodes `simulated-0`…; or say each one in `specs`. */
  count?: number;
  specs?: SimulatedNodeSpec[];
  /** For `count`: names are `<prefix>-<index>`; default `simulated`. */
  namePrefix?: string;
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Lease renewal; default 10 s. */
  leaseRenewMs?: number;
  statusReportMs?: number;
  /** Uniform in [0, 1); jitter. */
  random?: () => number;
}

export interface SimulatedNodes {
  readonly kubelets: ReadonlyMap<string, Kubelet>;
  add(spec: SimulatedNodeSpec): Promise<Kubelet>;
  /** Resolves when a kubelet of that node runs. */
  running(name: string): Promise<void>;
  /** When a node's kubelet was last known to run, milliseconds since the epoch; undefined for a node that never was here. */
  lastSeen(name: string): number | undefined;
  /** Stops a node's kubelet as if its machine died: no more leases, its pods' status stands still. */
  kill(name: string): Promise<void>;
  /** What can be put wrong with a node's kubelet; undefined for a node that is not simulated here. Stays over a power cut. */
  controls(name: string): NodeControls | undefined;
  /** Stops a machine or cuts it off from the API, or lets it go on; its containers run on meanwhile. */
  gate(name: string): Pick<Gate, 'state' | 'set'> | undefined;
  /** Switches a machine off until `powerOn`, all that runs on it included; `add` and `kill` leave it alone meanwhile. */
  powerOff(name: string): Promise<void>;
  powerOn(name: string): Promise<void>;
  /** Whether it is switched off by `powerOff`. */
  isOff(name: string): boolean;
  stop(): Promise<void>;
}

interface Machine {
  spec: SimulatedNodeSpec & { nodeIP: string; podCIDR: string };
  controls: NodeControls;
  gate: Gate;
  off: boolean;
}

const defaultCapacity = { cpu: '4', memory: '16Gi', 'ephemeral-storage': '100Gi' };
/** Registrations under way at once: enough to keep the API busy, few enough not to flood it. */
const atOnce = 64;

/** Kubelets on the simulated runtime, thousands to a process over one informer each of pods, nodes, ConfigMaps and Secrets. */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const { client, informers, clock, log, namePrefix = 'simulated' } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const podsOf = sharedPods(informers.informer(kinds.Pod));
  const nodes = informers.informer(kinds.Node);
  const objects = informedObjects(informers);
  const kubelets = new Map<string, Kubelet>();
  const machines = new Map<string, Machine>();
  /** When each that does not run now, or is cut off, last did. */
  const seenAt = new Map<string, number>();
  const lives = new Map<string, number>();
  const awaited = new Map<string, PromiseWithResolvers<void>>();
  let index = 0;

  const nextLife = (name: string): number => {
    const life = lives.get(name) ?? 0;
    lives.set(name, life + 1);
    return life;
  };

  async function add(given: SimulatedNodeSpec): Promise<Kubelet> {
    const own = index++;
    const spec = { ...given, nodeIP: given.nodeIP ?? nodeAddress(own), podCIDR: given.podCIDR ?? podNetwork(own) };
    machines.set(spec.name, { spec, controls: createNodeControls(), gate: createGate(), off: false });
    return boot(spec.name);
  }

  async function boot(name: string): Promise<Kubelet> {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`there is no simulated node ${name}`);
    const { spec, controls, gate } = machine;
    const { podCIDR } = spec;
    const kubelet = await startKubelet({
      nodeName: spec.name,
      client: gatedClient(client, gate, (text) => new ApiError('ServiceUnavailable', text)),
      informers,
      pods: gatedPods(podsOf(spec.name), gate),
      nodes,
      objects,
      runtime: withPullFaults(createSimulatedRuntime({ clock, podCIDR, lives: nextLife(spec.name) }), controls, clock),
      clock: skewable(clock, controls),
      pressures: () => new Set(controls.pressures.values()),
      log,
      signal,
      nodeIP: spec.nodeIP,
      podCIDR,
      clusterDNS: '',
      clusterDomain: 'cluster.local',
      capacity: { ...defaultCapacity, ...spec.capacity },
      kubeletPort: 0,
      // As KWOK marks its nodes: tools know them by it.
      labels: { type: 'simulated', ...spec.labels },
      system: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Simulated',
        kernelVersion: 'simulated',
        machineID: spec.name,
        systemUUID: spec.name,
      },
      relistMs: 0,
      ...(spec.maxPods === undefined ? {} : { maxPods: spec.maxPods }),
      ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
      ...(spec.taints === undefined ? {} : { taints: spec.taints }),
      ...(options.leaseRenewMs === undefined ? {} : { leaseRenewMs: options.leaseRenewMs }),
      ...(options.statusReportMs === undefined ? {} : { statusReportMs: options.statusReportMs }),
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    kubelets.set(spec.name, kubelet);
    awaited.get(spec.name)?.resolve();
    awaited.delete(spec.name);
    return kubelet;
  }

  function look(name: string): number | undefined {
    if (kubelets.has(name) && machines.get(name)?.gate.state === 'open') seenAt.set(name, clock.now());
    return seenAt.get(name);
  }

  async function halt(name: string): Promise<void> {
    look(name);
    const kubelet = kubelets.get(name);
    kubelets.delete(name);
    await kubelet?.stop();
  }

  const specs = options.specs ?? Array.from({ length: options.count ?? 0 }, (_, i): SimulatedNodeSpec => ({ name: `${namePrefix}-${i}` }));
  const queue = specs.values();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, specs.length) }, async () => {
      for (const spec of queue) await add(spec);
    }),
  );
  return {
    kubelets,
    add,
    lastSeen: look,
    running(name) {
      if (kubelets.has(name)) return Promise.resolve();
      const waiting = awaited.get(name) ?? Promise.withResolvers<void>();
      awaited.set(name, waiting);
      return waiting.promise;
    },
    async kill(name) {
      const halted = halt(name);
      machines.delete(name);
      await halted;
    },
    controls: (name) => machines.get(name)?.controls,
    gate(name) {
      const gate = machines.get(name)?.gate;
      if (gate === undefined) return undefined;
      return {
        get state() {
          return gate.state;
        },
        set(state) {
          look(name);
          gate.set(state);
        },
      };
    },
    async powerOff(name) {
      const machine = machines.get(name);
      if (machine === undefined) return;
      machine.off = true;
      await halt(name);
    },
    async powerOn(name) {
      const machine = machines.get(name);
      if (machine?.off !== true) return;
      await boot(name);
      machine.off = false;
    },
    isOff: (name) => machines.get(name)?.off ?? false,
    async stop() {
      stopping.abort(new Error('the simulated nodes stop'));
      // Nobody must wait for a machine that stands still.
      for (const { gate } of machines.values()) if (gate.state === 'held') gate.set('cut');
      await Promise.all([...kubelets.values()].map((kubelet) => kubelet.stop()));
    },
  };
}

/** Node addresses from 100.64.0.0/10 and a /24 of 10.128.0.0/9 for the pods of each: neither is used by clusters here. */
const nodeAddress = (index: number): string =>
  `100.${64 + Math.floor((index + 1) / 65_536)}.${Math.floor((index + 1) / 256) % 256}.${(index + 1) % 256}`;
const podNetwork = (index: number): string => `10.${128 + (Math.floor(index / 256) % 128)}.${index % 256}.0/24`;
