import { randomUUID } from 'node:crypto';
import { kinds } from '../api/scheme.ts';
import { simulatedNodes } from '../api/simulated.ts';
import type { Node } from '../api/types/core-v1.ts';
import { contextName, renderKubeconfig } from '../cluster/kubeconfig.ts';
import { networkingOf, placeNodes } from '../cluster/plan.ts';
import { isKilled, nodeObject, simulatedNodeSubnet } from '../cluster/simulated/node-objects.ts';
import { type ClusterSpec, defaultClusterSpec } from '../cluster/spec.ts';
import { startInProcessCluster, usable } from '../roles/in-process-cluster.ts';
import { processPki } from '../roles/process-pki.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { StoreSnapshot } from '../store/snapshot.ts';
import { systemClock, timestamp } from '../util/clock.ts';
import { ShoalError } from '../util/errors.ts';
import { createLogger } from '../util/log.ts';
import { seededRandom } from '../util/random.ts';
import { type VirtualClock, virtualClock } from '../util/virtual-clock.ts';
import type { TestCluster } from './cluster.ts';
import { nodeNamed } from './node-name.ts';
import type { ClusterOptions } from './options.ts';
import { millisecondsOf, moved, passing, type Time } from './time.ts';
import { apiVerbs } from './verbs.ts';

const host = '127.0.0.1';
/** Clusters in process have nothing outside that could collide, so that node names can be the same in every test. */
const name = 'shoal';
const patienceMs = 60_000;
/** In virtual time: 12,500 pods have to have ended before that sweep does anything, and a day has 4,320 of the usual period. */
const idleSweepMs = 600_000;

/** How time and chance are in one cluster; a fork begins with its parent's. */
interface World {
  time: Time;
  virtual: VirtualClock | undefined;
  random: (() => number) | undefined;
  track: (<T>(answer: Promise<T>) => Promise<T>) | undefined;
}

export async function createInProcess(options: ClusterOptions): Promise<TestCluster> {
  const spec = defaultClusterSpec(name, Math.max(1, options.nodes ?? 3) - 1);
  return start(options, spec, worldOf(options, options.startAt?.getTime()), undefined);
}

function worldOf(options: ClusterOptions, startAt: number | undefined): World {
  if (options.clock !== 'virtual') return { time: passing(systemClock), virtual: undefined, random: undefined, track: undefined };
  let answering = 0;
  const virtual = virtualClock({ ...(startAt === undefined ? {} : { start: startAt }), busy: () => answering > 0 });
  return {
    time: moved(virtual),
    virtual,
    random: seededRandom(options.seed ?? 1),
    async track(answer) {
      answering++;
      try {
        return await answer;
      } finally {
        answering--;
      }
    },
  };
}

async function start(options: ClusterOptions, spec: ClusterSpec, world: World, from: StoreSnapshot | undefined): Promise<TestCluster> {
  const { time, virtual, random, track } = world;
  const { clock } = time;
  const places = placeNodes(spec, simulatedNodeSubnet);
  const pki = await processPki();
  const cluster = await startInProcessCluster({
    store: createMemoryStore({ clock, ...(from === undefined ? {} : { from }) }),
    clock,
    log: createLogger('shoal', { level: options.logLevel ?? 'error' }),
    networking: networkingOf(spec),
    pki,
    // A fork's nodes are in its store.
    nodes: from === undefined ? spec.nodes.flatMap((node) => nodeAt(node, places.get(node.name))) : [],
    ...(random === undefined ? {} : { random }),
    ...(track === undefined ? {} : { track, controllers: { podGCPeriodMs: idleSweepMs } }),
  });
  const { plane } = cluster;
  const { client, informers } = plane;
  const names = spec.nodes.map((node) => node.name);
  const awaited = names.filter((node) => from === undefined || runs(informers.informer(kinds.Node).get(node)));
  const ready = await time.within(patienceMs, () => usable(informers, awaited).then(() => true));
  if (ready !== true)
    throw new ShoalError('TIMEOUT', 'the cluster in process did not become usable', { next: 'Pass logLevel: "info" to see why.' });
  await plane.state.mark();
  let listening: Promise<{ port: number }> | undefined;
  let forks = 0;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= cluster.stop();
    return stopping;
  };
  const verbs = apiVerbs({ client, time, namespace: options.namespace ?? 'default' });
  const mark = (node: string, killed: string | null): Promise<Node> =>
    client.patch(kinds.Node, node, undefined, { metadata: { annotations: { [simulatedNodes.killed]: killed } } });
  return {
    ...verbs,
    name: `${name}-${randomUUID().slice(0, 8)}`,
    client,
    async kubeconfig() {
      listening ??= plane.apiServer.listen({ host, port: 0 });
      const server = `https://${host}:${(await listening).port}`;
      return renderKubeconfig({ context: contextName(name), server, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key });
    },
    async killNode(node) {
      const full = nodeNamed(name, names, node);
      await mark(full, timestamp(clock));
      await cluster.nodes.kill(full);
    },
    async startNode(node) {
      const full = nodeNamed(name, names, node);
      await mark(full, null);
      await time.within(patienceMs, () => cluster.nodes.running(full));
      await verbs.waitFor(`node/${full}`, 'Ready');
    },
    async reset() {
      await plane.state.reset();
      await virtual?.settle();
    },
    async fork() {
      // The runtime of a simulated node is not part of the state: as after a reboot, its pods are started anew.
      // Chance goes on differently: uids that were given once must not be given again.
      const next = { ...options, seed: Math.imul((options.seed ?? 1) + ++forks, 0x9e3779b1) };
      return start(next, spec, worldOf(next, clock.now()), await plane.state.save());
    },
    async advance(duration) {
      if (virtual === undefined) {
        throw new ShoalError('NOT_IN_PROCESS', "this cluster is on the machine's clock, which nobody can advance", {
          next: "Make it with createCluster({ clock: 'virtual' }).",
        });
      }
      await virtual.advance(millisecondsOf(duration));
    },
    now: () => new Date(clock.now()),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const nodeAt = (...[node, place]: [Parameters<typeof nodeObject>[0], Parameters<typeof nodeObject>[1] | undefined]): Node[] =>
  place === undefined ? [] : [nodeObject(node, place)];

const runs = (node: Node | undefined): boolean => node !== undefined && !isKilled(node);
