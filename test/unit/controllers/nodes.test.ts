import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { startWorld, type World } from './harness.ts';
import { container, webSet, webTemplate } from './objects.ts';

let world: World;
afterEach(() => world.stop());

const tolerations = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

const startSet = async (replicas: number): Promise<void> => {
  const template = { ...webTemplate, spec: { containers: [container], tolerations } };
  await world.client.create(kinds.ReplicaSet, webSet(replicas, { template }));
  await world.until(
    'available',
    async () => (await world.client.get(kinds.ReplicaSet, 'web', 'default')).status?.availableReplicas === replicas,
  );
};

describe('a node that stops reporting', () => {
  it('turns Unknown after the grace period, and its pods are replaced after their toleration', async () => {
    world = await startWorld({ nodes: 3 });
    await startSet(6);
    world.kill('node-1');
    await world.clock.advance(35_000);
    const ready = async () => (await world.client.get(kinds.Node, 'node-1')).status?.conditions?.find(({ type }) => type === 'Ready');
    expect((await ready())?.status).toBe('True');
    await world.clock.advance(10_000);
    expect(await ready()).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    const { spec } = await world.client.get(kinds.Node, 'node-1');
    expect(spec?.taints?.map(({ key, effect }) => `${key}:${effect}`).sort()).toEqual([
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ]);
    const onDead = async () => (await world.list(kinds.Pod)).filter((pod) => pod.spec?.nodeName === 'node-1');
    expect(
      (await onDead()).every((pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'False')),
    ).toBe(true);
    const dead = await onDead();
    expect(dead.length).toBeGreaterThan(0);
    expect(dead.some((pod) => pod.metadata.deletionTimestamp !== undefined)).toBe(false);

    await world.clock.advance(301_000);
    const marked = await onDead();
    expect(
      marked
        .filter((pod) => dead.some((one) => one.metadata.uid === pod.metadata.uid))
        .every((pod) => pod.metadata.deletionTimestamp !== undefined),
    ).toBe(true);
    expect(marked[0]?.status?.conditions).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' })]),
    );
  });

  it('gets its own pods back to work when it returns in time', async () => {
    world = await startWorld({ nodes: 3 });
    await startSet(3);
    world.kill('node-1');
    await world.clock.advance(45_000);
    const now = new Date(world.clock.now()).toISOString().replace(/\.\d+Z/, 'Z');
    const node = await world.client.get(kinds.Node, 'node-1');
    const conditions = (node.status?.conditions ?? []).map((one) => ({
      ...one,
      status: one.type === 'Ready' ? 'True' : 'False',
      lastHeartbeatTime: now,
    }));
    await world.client.updateStatus(kinds.Node, { ...node, status: { ...node.status, conditions } });
    await world.until('no taints', async () => ((await world.client.get(kinds.Node, 'node-1')).spec?.taints ?? []).length === 0);
    await world.clock.advance(30_000);
    expect((await world.list(kinds.Pod)).every((pod) => pod.metadata.deletionTimestamp === undefined)).toBe(true);
  });

  it('evicts nothing when all nodes fall silent at once', async () => {
    world = await startWorld({ nodes: 2 });
    await startSet(2);
    world.kill('node-0');
    world.kill('node-1');
    await world.clock.advance(400_000);
    expect((await world.list(kinds.Pod)).every((pod) => pod.metadata.deletionTimestamp === undefined)).toBe(true);
  });
});

describe('a node that comes and goes', () => {
  it('is told of in events about it', async () => {
    world = await startWorld({ nodes: 2 });
    const told = async (reason: string) =>
      (await world.list(kinds.Event)).filter((event) => event.reason === reason).map(({ message }) => message);
    await world.until('both events', async () => (await told('RegisteredNode')).length === 2);
    expect((await told('RegisteredNode')).sort()).toEqual([
      'Node node-0 event: Registered Node node-0 in Controller',
      'Node node-1 event: Registered Node node-1 in Controller',
    ]);
    await world.client.delete(kinds.Node, 'node-1');
    await world.until('the farewell', async () => (await told('RemovingNode')).length > 0);
    expect(await told('RemovingNode')).toEqual(['Node node-1 event: Removing Node node-1 from Controller']);
  });
});

describe('a node that is deleted', () => {
  it('takes its pods along after the quarantine', async () => {
    world = await startWorld({ nodes: 2 });
    await startSet(2);
    const uids = (await world.list(kinds.Pod)).filter((pod) => pod.spec?.nodeName === 'node-1').map((pod) => pod.metadata.uid);
    world.kill('node-1');
    await world.client.delete(kinds.Node, 'node-1');
    await world.clock.advance(30_000);
    expect((await world.list(kinds.Pod)).filter((pod) => uids.includes(pod.metadata.uid))).toHaveLength(uids.length);
    await world.clock.advance(15_000);
    expect((await world.list(kinds.Pod)).filter((pod) => uids.includes(pod.metadata.uid))).toHaveLength(0);
  });
});

describe('node-ipam', () => {
  it('gives each node a range of its own, or the one it asks for', async () => {
    world = await startWorld({ nodes: 2, config: { clusterCIDR: '10.244.0.0/16' } });
    await world.addNode('asks', (node) => {
      node.metadata.annotations = { 'shoal.dev/pod-cidr': '10.244.9.0/24' };
    });
    await world.until('ranges', async () => (await world.list(kinds.Node)).every((node) => node.spec?.podCIDR !== undefined));
    expect((await world.list(kinds.Node)).map((node) => node.spec?.podCIDR).sort()).toEqual([
      '10.244.0.0/24',
      '10.244.1.0/24',
      '10.244.9.0/24',
    ]);
  });

  it('says once that a node gets none, and gives it the one that another leaves', async () => {
    world = await startWorld({ nodes: 2, config: { clusterCIDR: '10.244.0.0/23' } });
    await world.addNode('third');
    const events = async () => (await world.list(kinds.Event)).filter(({ reason }) => reason === 'CIDRNotAvailable');
    await world.until('the refusal', async () => (await events()).length > 0);
    await world.clock.advance(60_000);
    expect((await events()).map(({ involvedObject, count }) => [involvedObject.name, count ?? 1])).toEqual([['third', 1]]);
    await world.client.delete(kinds.Node, 'node-0');
    await world.until('a range', async () => (await world.list(kinds.Node)).every((node) => node.spec?.podCIDR !== undefined));
  });
});
