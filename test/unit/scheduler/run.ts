import type { Event, Node, Pod } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createInformerFactory } from '../../../src/client/informers.ts';
import type { Decision } from '../../../src/scheduler/decision.ts';
import { type RegisteredPlugin, registry } from '../../../src/scheduler/plugins/registry.ts';
import { startScheduler } from '../../../src/scheduler/scheduler.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi, type FakeApi } from '../client/fake-api.ts';

export interface Running extends AsyncDisposable {
  api: FakeApi;
  clock: VirtualClock;
  decisions: Decision[];
  /** Lets everything that is due happen, `ms` of time included. */
  settle(ms?: number): Promise<void>;
  nodeOf(name: string): string | undefined;
  pod(name: string): Pod | undefined;
  condition(name: string): string | undefined;
  /** Reasons and messages of the events about a pod, in order, with their count where it is not 1. */
  events(name: string): string[];
}

/** The whole scheduler over a fake API on virtual time. */
export async function run(
  objects: { nodes?: Node[]; pods?: Pod[]; extra?: RegisteredPlugin[]; random?: () => number } = {},
): Promise<Running> {
  const api = createFakeApi();
  const clock = virtualClock();
  const stop = new AbortController();
  for (const node of objects.nodes ?? []) api.put('nodes', node);
  for (const pod of objects.pods ?? []) api.put('pods', pod);
  const client = createInProcessClient(api.handle);
  const informers = createInformerFactory({ client, clock, log: silentLogger, random: () => 0 });
  const decisions: Decision[] = [];
  const options = {
    client,
    informers,
    clock,
    log: silentLogger,
    signal: stop.signal,
    random: objects.random ?? (() => 0.5),
    plugins: [...Object.values(registry), ...(objects.extra ?? [])],
    observe: (decision: Decision) => void decisions.push(decision),
  };
  await startScheduler(options);
  const settle = (ms = 0): Promise<void> => clock.advance(ms);
  await settle();
  const pod = (name: string): Pod | undefined => api.get<Pod>('pods', name, 'default');
  return {
    api,
    clock,
    decisions,
    settle,
    pod,
    nodeOf: (name) => pod(name)?.spec?.nodeName,
    condition: (name) => pod(name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message,
    events: (name) =>
      api
        .all<Event>('events')
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message, count = 1 }) => `${reason}${count === 1 ? '' : ` (x${count})`}: ${message}`),
    async [Symbol.asyncDispose]() {
      stop.abort();
      informers.stop();
      await settle();
    },
  };
}
