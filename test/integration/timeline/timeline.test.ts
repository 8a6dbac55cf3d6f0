import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeList, KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import { simulatedNodes } from '../../../src/api/simulated.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import type { TimelineEntry } from '../../../src/timeline/entry.ts';
import { followTimeline, itemsOf, readTimeline, stateAt } from '../../../src/timeline/read.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

const clock = virtualClock({ start: Date.now() });
let cluster: InProcessCluster;

/** Time goes on while something is awaited, and stands still between. */
async function passing<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  while (!over) await clock.advance(100);
  return ended;
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let seconds = 0; seconds < 300; seconds++) {
    if (holds()) return;
    await clock.advance(1000);
  }
  throw new Error('it did not come about in five minutes');
}

const webPods = (): Pod[] =>
  cluster.plane.informers
    .informer(kinds.Pod)
    .list('default')
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** What kubectl says that there is, and at which revision. */
async function listed(path: string): Promise<{ revision: number; items: KubeObject[] }> {
  const { metadata, items } = JSON.parse(await passing(cluster.kubectl(['get', '--raw', path]))) as KubeList;
  return { revision: Number(metadata.resourceVersion), items: items.map(withoutManagers) };
}
const withoutManagers = ({ metadata: { managedFields: _, ...metadata }, ...object }: KubeObject): KubeObject => ({ ...object, metadata });
/** Items of lists come without their type. */
const untyped = ({ apiVersion: _version, kind: _kind, ...object }: KubeObject): KubeObject => object;

beforeAll(async () => {
  cluster = await passing(inProcessCluster({ nodes: 3, clock, timeline: {}, controllers: { defaultTolerationSeconds: 5 } }));
});
afterAll(() => passing(cluster.stop()));

test('an apply and the death of a node are told in order and with causes, and any moment can be looked back at', async () => {
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
    },
  };
  await passing(cluster.kubectl(['apply', '-f', '-'], JSON.stringify(manifest)));
  await eventually(() => webPods().filter(isReady).length === 3);
  const before = await listed('/api/v1/namespaces/default/pods');
  const momentBefore = new Date(clock.now()).toISOString();

  const [victim] = webPods();
  const node = victim?.spec?.nodeName ?? '';
  await passing(cluster.kubectl(['annotate', 'node', node, `${simulatedNodes.killed}=now`]));
  await eventually(() => webPods().filter((pod) => isReady(pod) && pod.spec?.nodeName !== node).length === 3);
  const after = await listed('/api/v1/namespaces/default/pods');
  const nodesAfter = await listed('/api/v1/nodes');

  const { entries } = await readTimeline(cluster.client);
  expect(entries.map(({ id }) => id)).toEqual(entries.map((_, index) => index + 1));
  expect(entries.map(({ revision }) => revision)).toEqual(entries.map(({ revision }) => revision).toSorted((a, b) => a - b));

  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const chain = (entry: TimelineEntry | undefined): string[] =>
    entry === undefined ? [] : [...chain(byId.get(entry.cause?.entry ?? 0)), `${entry.object.kind} ${entry.reason}`];
  const of = (name: string, reason: string): TimelineEntry | undefined =>
    entries.find((entry) => entry.object.name === name && entry.reason === reason);

  const deployed = ['Deployment Created', 'ReplicaSet Created', 'Pod Created', 'Pod Scheduled', 'Pod Started', 'Pod Ready'];
  expect(chain(of(victim?.metadata.name ?? '', 'Ready'))).toEqual(deployed);
  expect(of('web', 'Created')).toMatchObject({ what: 'created: 3 replicas of nginx:1', by: 'kubernetes-admin (kubectl)' });
  expect(of(victim?.metadata.name ?? '', 'Scheduled')?.what).toBe(`scheduled to ${node}`);
  expect(chain(of(victim?.metadata.name ?? '', 'NotReady'))).toEqual(['Node Killed', 'Node NotReady', 'Pod NotReady']);

  const known = new Set(before.items.map(({ metadata }) => metadata.name));
  const replacement = after.items.find(({ metadata }) => !known.has(metadata.name));
  expect(chain(of(replacement?.metadata.name ?? '', 'Ready'))).toEqual([
    ...['Node Killed', 'Node NotReady', 'Node Tainted', 'Pod Evicted'],
    ...['Pod Created', 'Pod Scheduled', 'Pod Started', 'Pod Ready'],
  ]);
  expect(of(replacement?.metadata.name ?? '', 'Created')?.what).toBe('created as a replacement');

  const own = await readTimeline(cluster.client, { object: 'deploy/web' });
  expect(new Set(own.entries.map(({ object }) => object.kind))).toEqual(new Set(['Deployment', 'ReplicaSet', 'Pod']));

  // What was is still there to be seen, by revision and by time, as kubectl showed it then.
  const then = await stateAt(cluster.client, { revision: before.revision });
  expect(itemsOf(then, kinds.Pod).filter(inDefault).map(untyped)).toEqual(before.items.map(untyped));
  const soon = await stateAt(cluster.client, { at: momentBefore });
  expect(itemsOf(soon, kinds.Pod)).toEqual(itemsOf(then, kinds.Pod));
  const later = await stateAt(cluster.client, { revision: after.revision });
  expect(itemsOf(later, kinds.Pod).filter(inDefault).map(untyped)).toEqual(after.items.map(untyped));
  const nodes = await stateAt(cluster.client, { revision: nodesAfter.revision });
  expect(itemsOf(nodes, kinds.Node).map(readiness)).toEqual(nodesAfter.items.map(readiness));
});

const inDefault = ({ metadata }: KubeObject): boolean => metadata.namespace === 'default';
const readiness = (node: KubeObject) => [
  node.metadata.name,
  (node as Pod).status?.conditions?.find(({ type }) => type === 'Ready')?.status,
];

test('a follower is told of what happens, and only of what it asked for', async () => {
  const stop = new AbortController();
  const followed = followTimeline(cluster.client, { object: 'cm/seen', limit: 10 }, stop.signal)[Symbol.asyncIterator]();
  await passing(cluster.kubectl('create configmap seen --from-literal=password=hunter2'));
  expect((await passing(followed.next())).value).toMatchObject({ reason: 'Created', by: 'kubernetes-admin (kubectl)' });
  await passing(cluster.kubectl('create configmap unseen'));
  await passing(cluster.kubectl('delete configmap seen'));
  expect((await passing(followed.next())).value).toMatchObject({ reason: 'Deleted', by: 'kubernetes-admin (kubectl)' });
  stop.abort();
  expect(await followed.next()).toEqual({ done: true, value: undefined });
});

test('what is secret stays so', async () => {
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { token: 'hunter2' } };
  await passing(cluster.kubectl(['apply', '-f', '-'], JSON.stringify(manifest)));
  const state = await stateAt(cluster.client, { at: '0s' });
  expect(itemsOf(state, kinds.Secret).map(({ metadata }) => metadata.name)).toContain('hidden');
  const everything = JSON.stringify([state, await readTimeline(cluster.client)]);
  expect(everything).not.toContain('hunter2');
  expect(everything).not.toContain(Buffer.from('hunter2').toString('base64'));
});

test('moments outside of what is kept, and queries that cannot be read, are refused', async () => {
  const { oldest } = await readTimeline(cluster.client);
  await expect(stateAt(cluster.client, { revision: oldest.revision - 1 })).rejects.toMatchObject({ code: 410 });
  await expect(stateAt(cluster.client, { revision: 1_000_000 })).rejects.toMatchObject({ code: 410 });
  await expect(stateAt(cluster.client, { at: 'yesterday' })).rejects.toMatchObject({ code: 400 });
  await expect(readTimeline(cluster.client, { since: 'lunch' })).rejects.toMatchObject({ code: 400 });
  await expect(readTimeline(cluster.client, { object: 'web' })).rejects.toMatchObject({ code: 400 });
});
