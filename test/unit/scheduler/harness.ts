import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import type { Node, Pod } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import type { Informer, InformerFactory } from '../../../src/client/informer.ts';
import { createObjectCache } from '../../../src/client/object-cache.ts';
import { createSchedulerCache, type SchedulerCache } from '../../../src/scheduler/cache/cache.ts';
import { type PodInfo, podInfoOf } from '../../../src/scheduler/cache/pod-info.ts';
import { createNodeFinder, type Finding } from '../../../src/scheduler/find-node.ts';
import { type CycleState, createCycleState } from '../../../src/scheduler/framework/cycle-state.ts';
import { fitMessage } from '../../../src/scheduler/framework/fit-error.ts';
import { createFramework, type Framework } from '../../../src/scheduler/framework/framework.ts';
import { messageOfStatus } from '../../../src/scheduler/framework/status.ts';
import { type PluginName, registry } from '../../../src/scheduler/plugins/registry.ts';
import { createNominations } from '../../../src/scheduler/queue/nominations.ts';
import { createWaitingRoom } from '../../../src/scheduler/waiting-pods.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi, type FakeApi } from '../client/fake-api.ts';

export interface World {
  nodes: Node[];
  pods?: Pod[];
  /** Other objects, by kind. */
  objects?: [Kind, KubeObject[]][];
  /** Rules under test; default all. */
  plugins?: PluginName[];
  random?: () => number;
}

export interface Harness {
  cache: SchedulerCache;
  framework: Framework;
  clock: VirtualClock;
  api: FakeApi;
  recorded: string[];
  nominations: ReturnType<typeof createNominations>;
  find(pod: Pod): Finding;
  /** `node` → reason for each refused node; the whole refusal under `*`. */
  refusals(pod: Pod): Record<string, string>;
  /** `node` → weighted score of the plugin. */
  scores(pod: Pod, plugin: PluginName): Record<string, number>;
  message(pod: Pod): string;
  state: CycleState;
  info: PodInfo;
}

/** The rules over a fixed world, without queue or API. */
export function harness(world: World): Harness {
  const clock = virtualClock();
  const api = createFakeApi();
  const cache = createSchedulerCache();
  const nominations = createNominations();
  const recorded: string[] = [];
  for (const node of world.nodes) cache.setNode(node);
  for (const pod of world.pods ?? []) cache.setPod(pod);
  const objects = new Map<Kind, KubeObject[]>(world.objects ?? []);
  const namespaces = ['default', 'other'];
  const rows =
    world.plugins === undefined ? Object.values(registry) : [registry.PrioritySort, ...world.plugins.map((name) => registry[name])];
  const framework = createFramework([...new Set(rows)], {
    snapshot: cache,
    client: createInProcessClient(api.handle),
    informers: fixedInformers(objects),
    clock,
    log: silentLogger,
    recorder: { event: (_about, _type, reason, message) => void recorded.push(`${reason}: ${message}`) },
    nominations,
    waitingPods: createWaitingRoom(clock),
    namespaceLabels: (name) => (namespaces.includes(name) ? { 'kubernetes.io/metadata.name': name } : undefined),
    activate: () => undefined,
    random: world.random ?? (() => 0.5),
  });
  const finder = createNodeFinder(framework, cache, nominations, world.random ?? (() => 0.5));
  const last: { state: CycleState; info: PodInfo } = { state: createCycleState(), info: podInfoOf({ metadata: {} }) };
  const find = (pod: Pod): Finding => {
    last.state = createCycleState();
    last.info = podInfoOf(pod);
    return finder.find(last.state, last.info);
  };
  return {
    cache,
    framework,
    clock,
    api,
    recorded,
    nominations,
    find,
    refusals(pod) {
      const { statuses } = find(pod);
      const byNode = Object.fromEntries([...statuses.byNode].map(([name, status]) => [name, messageOfStatus(status)]));
      return statuses.absent === undefined ? byNode : { ...byNode, '*': messageOfStatus(statuses.absent) };
    },
    scores(pod, plugin) {
      const finding = find(pod);
      if (finding.found === undefined) throw new Error('no node fits');
      const list = finding.scores.get(plugin);
      return Object.fromEntries(finding.feasible.map(({ name }, i) => [name, list?.[i] ?? -1]));
    },
    message(pod) {
      const finding = find(pod);
      if (finding.found !== undefined) throw new Error('a node fits');
      const { statuses, preFilter } = finding;
      return fitMessage(world.nodes.length, statuses, preFilter === undefined ? undefined : messageOfStatus(preFilter));
    },
    get state() {
      return last.state;
    },
    get info() {
      return last.info;
    },
  };
}

/** Informers that hold what they were given and never change. */
function fixedInformers(objects: Map<Kind, KubeObject[]>): InformerFactory {
  const informers = new Map<Kind, Informer<KubeObject>>();
  return {
    informer<T extends KubeObject>(kind: Kind<T>): Informer<T> {
      let informer = informers.get(kind as Kind);
      if (informer === undefined) {
        const cache = createObjectCache<KubeObject>();
        for (const object of objects.get(kind as Kind) ?? []) cache.set(object);
        informer = { kind: kind as Kind, ...cache, on: () => () => undefined, synced: () => Promise.resolve(), hasSynced: true };
        informers.set(kind as Kind, informer);
      }
      return informer as unknown as Informer<T>;
    },
    synced: () => Promise.resolve(),
    stop: () => undefined,
  };
}
