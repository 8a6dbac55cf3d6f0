import { kinds } from '../api/scheme.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createInformerFactory } from '../client/informers.ts';
import { type Clock, delay } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { type Connection, watchedClient } from './connection.ts';
import { faultKind } from './faults.ts';
import type { Usage } from './nodes.ts';
import type { Picture } from './picture.ts';
import { pictureOf } from './picture-of.ts';

export interface FollowOptions {
  clock: Clock;
  /** Ends the pictures, and what was started for them. */
  signal: AbortSignal;
  /** Changes within this time make one picture; milliseconds, 100 unless told. */
  coalesceMs?: number;
  /** Measurements by node, and how to be told of new ones. */
  usage?: { current(): ReadonlyMap<string, Usage>; onChange(changed: () => void): void };
}

/**
 * The cluster's picture, now and after each change, from a client: starts informers of its own, which list again after an
 * outage; meanwhile the last picture comes with `stale`. Never polls, and skips pictures that a slow reader has no time for.
 */
export async function* follow(client: Client, options: FollowOptions & { log: Logger }): AsyncGenerator<Picture, void, undefined> {
  const { clock, log, signal } = options;
  const { client: watched, connection } = watchedClient(client, clock, signal);
  const informers = createInformerFactory({ client: watched, clock, log });
  // A generator that nobody asks for more does not get to its end.
  signal.addEventListener('abort', () => informers.stop(), { once: true });
  try {
    yield* followInformers(informers, options, connection);
  } finally {
    informers.stop();
  }
}

/** The same from informers that others keep, such as the control plane's own. */
export async function* followInformers(
  informers: InformerFactory,
  { clock, signal, coalesceMs = 100, usage }: FollowOptions,
  connection: Connection = { lost: false, onChange: () => undefined },
): AsyncGenerator<Picture, void, undefined> {
  const sources = {
    nodes: informers.informer(kinds.Node),
    pods: informers.informer(kinds.Pod),
    services: informers.informer(kinds.Service),
    endpointSlices: informers.informer(kinds.EndpointSlice),
    deployments: informers.informer(kinds.Deployment),
    replicaSets: informers.informer(kinds.ReplicaSet),
    statefulSets: informers.informer(kinds.StatefulSet),
    daemonSets: informers.informer(kinds.DaemonSet),
    jobs: informers.informer(kinds.Job),
    events: informers.informer(kinds.Event),
  };
  // Not waited for: where nobody has defined the kind, its informer goes on asking.
  const faults = informers.informer(faultKind);
  let wake = Promise.withResolvers<void>();
  const changed = (): void => wake.resolve();
  const handlers = { add: changed, update: changed, delete: changed };
  const removers = [...Object.values(sources).map((source) => source.on(handlers)), faults.on(handlers)];
  connection.onChange(changed);
  usage?.onChange(changed);
  signal.addEventListener('abort', changed, { once: true });
  try {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([Promise.all(Object.values(sources).map((source) => source.synced())), ended]);
    while (!signal.aborted) {
      wake = Promise.withResolvers<void>();
      yield pictureOf({
        nodes: sources.nodes.list(),
        pods: sources.pods.list(),
        services: sources.services.list(),
        endpointSlices: sources.endpointSlices.list(),
        deployments: sources.deployments.list(),
        replicaSets: sources.replicaSets.list(),
        statefulSets: sources.statefulSets.list(),
        daemonSets: sources.daemonSets.list(),
        jobs: sources.jobs.list(),
        events: sources.events.list(),
        faults: faults.list(),
        stale: connection.lost,
        ...(usage === undefined ? {} : { usage: usage.current() }),
      });
      await wake.promise;
      await delay(clock, coalesceMs, signal).catch(() => undefined);
    }
  } finally {
    signal.removeEventListener('abort', changed);
    for (const remove of removers) remove();
  }
}
