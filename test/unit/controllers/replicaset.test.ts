import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Deployment, ReplicaSet } from '../../../src/api/types/apps-v1.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { fenceposts, newSetReplicas, proportionalSizes } from '../../../src/controllers/deployment/sizes.ts';
import { slowStartBatch } from '../../../src/controllers/lib/batch.ts';
import { createExpectations } from '../../../src/controllers/lib/expectations.ts';
import type { WithSpec } from '../../../src/controllers/lib/objects.ts';
import { podsToDelete } from '../../../src/controllers/replicaset/ranking.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { startWorld, type World } from './harness.ts';
import { webSet } from './objects.ts';

const now = Date.UTC(2026, 0, 1);
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

interface Shape {
  node?: string;
  phase?: string;
  readyFor?: number;
  cost?: string;
  restarts?: number;
  age?: number;
}
const pod = (name: string, { node = 'n', phase = 'Running', readyFor = 100, cost, restarts = 0, age = 100 }: Shape = {}): Pod => ({
  metadata: {
    name,
    uid: name,
    creationTimestamp: ago(age),
    ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
  },
  spec: { containers: [], ...(node === '' ? {} : { nodeName: node }) },
  status: {
    phase,
    conditions: [{ type: 'Ready', status: readyFor < 0 ? 'False' : 'True', lastTransitionTime: ago(Math.max(0, readyFor)) }],
    containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: restarts }],
  },
});

describe('podsToDelete takes first', () => {
  const rows: [name: string, doomed: Pod, other: Pod][] = [
    ['one that is on no node', pod('z', { node: '' }), pod('a')],
    ['a pending one', pod('z', { phase: 'Pending' }), pod('a')],
    ['one that is not ready', pod('z', { readyFor: -1 }), pod('a')],
    ['a cheap one', pod('z', { cost: '-5' }), pod('a')],
    ['one that became ready much later', pod('z', { readyFor: 5 }), pod('a', { readyFor: 5000 })],
    ['one that restarts more often', pod('z', { restarts: 3 }), pod('a')],
    ['a much younger one', pod('z', { age: 5 }), pod('a', { age: 5000 })],
  ];
  it.each(rows)('%s', (_, doomed, other) => {
    expect(podsToDelete([other, doomed], [other, doomed], 1, now)).toEqual([doomed]);
  });
  it('one that shares its node with others of the same Deployment', () => {
    const [a, b, c] = [pod('a', { node: 'one' }), pod('b', { node: 'two' }), pod('c', { node: 'two' })];
    expect(podsToDelete([a, b], [a, b, c], 1, now)).toEqual([b]);
  });
});

describe('slowStartBatch', () => {
  it('doubles its rounds, and stops after the first one with a failure', async () => {
    const calls: number[] = [];
    const result = await slowStartBatch(20, async (at) => {
      calls.push(at);
      if (at === 4) throw new Error('full');
    });
    // Rounds of 1, 2 and 4: the failure is in the third, whose other calls succeed.
    expect(calls).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(result).toMatchObject({ successes: 6, error: new Error('full') });
  });
});

describe('expectations', () => {
  it('hold until what was asked for has been seen, or five minutes have passed', async () => {
    const clock = virtualClock();
    const expectations = createExpectations(clock);
    expectations.expectCreations('a', 2);
    expectations.creationObserved('a');
    expect(expectations.satisfied('a')).toBe(false);
    expectations.creationObserved('a');
    expect(expectations.satisfied('a')).toBe(true);
    expectations.expectDeletions('a', ['x']);
    expectations.deletionObserved('a', 'y');
    expect(expectations.satisfied('a')).toBe(false);
    await clock.advance(5 * 60_000 + 1);
    expect(expectations.satisfied('a')).toBe(true);
  });
});

describe('sizes during a rollout', () => {
  const deployment = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): WithSpec<Deployment> => ({
    metadata: { name: 'd' },
    spec: { replicas, selector: {}, template: {}, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
  });
  const set = (name: string, replicas: number, max: number): ReplicaSet => ({
    metadata: { name, annotations: { 'deployment.kubernetes.io/max-replicas': String(max) } },
    spec: { replicas, selector: {} },
  });
  it.each([
    [10, '25%', '25%', { surge: 3, unavailable: 2 }],
    [1, '25%', '25%', { surge: 1, unavailable: 0 }],
    [4, 0, 0, { surge: 0, unavailable: 1 }],
    [2, 0, '10%', { surge: 0, unavailable: 1 }],
  ])('%i replicas with surge %s and unavailable %s', (replicas, surge, unavailable, expected) => {
    expect(fenceposts(deployment(replicas, surge, unavailable))).toEqual(expected);
  });
  it.each([
    ['up to the surge', 10, 10, 0, 2],
    ['no more than wanted', 10, 1, 9, 10],
    ['not at all when full', 10, 12, 0, 0],
  ])('the new set grows %s', (_, wanted, old, present, expected) => {
    const newSet = set('new', present, 12);
    expect(newSetReplicas(deployment(wanted, 2, 0), [set('old', old, 12), newSet], newSet)).toBe(expected);
  });
  it('shares a scaling out over the sets in proportion, the rest going to the largest', () => {
    const sizes = proportionalSizes(deployment(20, 5, 0), [set('old', 10, 15), set('new', 5, 15)]);
    expect(Object.fromEntries(sizes.map(({ set: { metadata }, replicas }) => [metadata.name, replicas]))).toEqual({ old: 17, new: 8 });
  });
});

describe('a ReplicaSet', () => {
  let world: World;
  afterEach(() => world.stop());
  const create = (replicas: number, change: object = {}) => world.client.create(kinds.ReplicaSet, webSet(replicas, change));
  const read = async () => (await world.client.get(kinds.ReplicaSet, 'web', 'default')).status;
  const names = async () => (await world.list(kinds.Pod)).map(({ metadata }) => metadata.name ?? '');

  it('adopts a matching pod, releases one that no longer matches, and makes up for it', async () => {
    world = await startWorld();
    const orphan: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'orphan', namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    };
    await world.client.create(kinds.Pod, orphan);
    await create(2);
    await world.until('two', async () => (await read())?.readyReplicas === 2);
    expect(await names()).toHaveLength(2);
    expect((await world.client.get(kinds.Pod, 'orphan', 'default')).metadata.ownerReferences?.[0]).toMatchObject({
      kind: 'ReplicaSet',
      name: 'web',
    });
    await world.client.patch(kinds.Pod, 'orphan', 'default', { metadata: { labels: { app: 'other' } } });
    await world.until('a new one', async () => (await names()).length === 3);
    expect((await world.client.get(kinds.Pod, 'orphan', 'default')).metadata.ownerReferences ?? []).toEqual([]);
    expect((await read())?.replicas).toBe(2);
  });

  it('creates exactly as many pods as it asks for, also when asked again and again', async () => {
    world = await startWorld();
    await create(5);
    for (const replicas of [40, 3, 25, 12]) await world.client.patch(kinds.ReplicaSet, 'web', 'default', { spec: { replicas } });
    await world.until('twelve', async () => (await read())?.readyReplicas === 12 && (await names()).length === 12);
    await world.clock.advance(2000);
    expect(await names()).toHaveLength(12);
  });

  it('says so when it cannot create pods, and no longer when it can', async () => {
    world = await startWorld();
    const hard = { pods: '1' };
    await world.client.create(kinds.ResourceQuota, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'one', namespace: 'default' },
      spec: { hard },
    });
    await world.until(
      'counted',
      async () => (await world.client.get(kinds.ResourceQuota, 'one', 'default')).status?.hard?.['pods'] === '1',
    );
    await create(3);
    await world.until('failure', async () => (await read())?.conditions?.[0]?.type === 'ReplicaFailure');
    const failure = (await read())?.conditions?.[0];
    expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(failure?.message).toMatch(
      /^pods "web-[a-z0-9]+" is forbidden: exceeded quota: one, requested: pods=1, used: pods=1, limited: pods=1$/,
    );
    expect(await names()).toHaveLength(1);
    await world.client.delete(kinds.ResourceQuota, 'one', 'default');
    await world.clock.advance(20_000);
    await world.until('no failure', async () => (await read())?.readyReplicas === 3 && ((await read())?.conditions ?? []).length === 0);
  });

  it('counts pods as available only after minReadySeconds', async () => {
    world = await startWorld();
    await create(2, { minReadySeconds: 30 });
    await world.until('ready', async () => (await read())?.readyReplicas === 2);
    expect((await read())?.availableReplicas ?? 0).toBe(0);
    await world.clock.advance(31_000);
    expect((await read())?.availableReplicas).toBe(2);
  });

  it('replaces pods that are on their way out at once', async () => {
    world = await startWorld({ nodes: 3 });
    await create(3);
    await world.until('ready', async () => (await read())?.readyReplicas === 3);
    const [doomed] = await world.list(kinds.Pod);
    world.kill(doomed?.spec?.nodeName ?? '');
    await world.client.delete(kinds.Pod, doomed?.metadata.name ?? '', 'default');
    await world.until('replaced', async () => (await read())?.readyReplicas === 3 && (await names()).length === 4);
    expect(await read()).toMatchObject({ replicas: 3, terminatingReplicas: 1 });
  });
});

describe('a ReplicationController', () => {
  let world: World;
  afterEach(() => world.stop());
  it('keeps its pods like a ReplicaSet', async () => {
    world = await startWorld();
    await world.client.create(kinds.ReplicationController, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old', namespace: 'default' },
      spec: {
        replicas: 2,
        selector: { app: 'old' },
        template: { metadata: { labels: { app: 'old' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    const status = async () => (await world.client.get(kinds.ReplicationController, 'old', 'default')).status;
    await world.until('ready', async () => (await status())?.readyReplicas === 2);
    expect((await world.list(kinds.Pod))[0]?.metadata.ownerReferences?.[0]).toMatchObject({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      name: 'old',
    });
  });
});
