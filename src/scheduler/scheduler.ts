import { kinds } from '../api/scheme.ts';
import type { Client } from '../client/client.ts';
import type { Gate } from '../client/gate.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createRecorder } from '../client/recorder.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { createSchedulerCache } from './cache/cache.ts';
import type { Decision } from './decision.ts';
import { addEventHandlers } from './event-handlers.ts';
import { createFailureHandler } from './failure.ts';
import { createNodeFinder } from './find-node.ts';
import { createFramework } from './framework/framework.ts';
import { type RegisteredPlugin, registry } from './plugins/registry.ts';
import { createHints } from './queue/hints.ts';
import { createNominations } from './queue/nominations.ts';
import { createSchedulingQueue } from './queue/scheduling-queue.ts';
import { type CycleParts, scheduleOne } from './schedule-one.ts';
import { createWaitingRoom } from './waiting-pods.ts';

export interface SchedulerOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Uniform in [0, 1); decides among nodes of equal score. */
  random?: () => number;
  /** The pods it cares for by `spec.schedulerName`; default `default-scheduler`. */
  schedulerName?: string;
  /** Rules instead of the default profile's. */
  plugins?: readonly RegisteredPlugin[];
  /** Told of every decision with each node's verdict. */
  observe?: (decision: Decision) => void;
  /** Awaited before each decision while it is not undefined: the scheduler stands still. */
  hold?: () => Promise<void> | undefined;
  /** Entered for each pod's turn; default: none. */
  gate?: Gate;
}

/** Cycles between two breaths for the rest of the process: timers, sockets, watches. */
const cyclesPerTurn = 32;

/** Places pods on nodes as kube-scheduler does. Resolves once its informers are synced and it is at work; ends with the signal. */
export async function startScheduler(options: SchedulerOptions): Promise<void> {
  const { client, informers, clock, signal, random = Math.random, schedulerName = 'default-scheduler' } = options;
  const log = options.log.for('scheduler');
  const cache = createSchedulerCache();
  const nominations = createNominations();
  const recorder = createRecorder({ client, clock, component: schedulerName });
  const waitingRoom = createWaitingRoom(clock);
  const namespaces = informers.informer(kinds.Namespace);

  const framework = createFramework(options.plugins ?? Object.values(registry), {
    snapshot: cache,
    client,
    informers,
    clock,
    log,
    recorder,
    nominations,
    waitingPods: waitingRoom,
    namespaceLabels: (name) => {
      const namespace = namespaces.get(name);
      return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
    },
    activate: (uid) => queue.activate(uid),
    random,
  });
  const queue = createSchedulingQueue({
    clock,
    less: framework.less,
    preEnqueue: framework.preEnqueue,
    hints: createHints(framework.plugins.map(({ plugin }) => plugin)),
    nominations,
  });
  const pods = informers.informer(kinds.Pod);
  const parts: CycleParts = {
    framework,
    cache,
    finder: createNodeFinder(framework, cache, nominations, random),
    queue,
    nominations,
    waitingRoom,
    fail: createFailureHandler({ client, clock, log, pods, queue, nominations, recorder }),
    recorder,
    clock,
    observe: options.observe,
  };

  addEventHandlers({ informers, cache, queue, waitingRoom, schedulerName });
  signal.addEventListener('abort', () => queue.close(), { once: true });
  await informers.synced();
  if (!signal.aborted) void run(parts, options.hold ?? (() => undefined), options.gate);
}

async function run(parts: CycleParts, hold: () => Promise<void> | undefined, gate: Gate | undefined): Promise<void> {
  let cycles = 0;
  for (let pod = await parts.queue.pop(); pod !== undefined; pod = await parts.queue.pop()) {
    // A standing promise, even a resolved one, would cost each pod a turn.
    const still = hold();
    if (still !== undefined) await still;
    const wait = gate?.enter();
    if (wait !== undefined) await wait;
    scheduleOne(pod, parts);
    gate?.leave();
    if (++cycles % cyclesPerTurn === 0) await new Promise(setImmediate);
  }
}
