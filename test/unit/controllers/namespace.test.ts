import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { startWorld, type World } from './harness.ts';

let world: World;
afterEach(() => world.stop());

const configMap = (name: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'team', ...extra },
});

describe('a namespace', () => {
  it('gets a default ServiceAccount and the root CA', async () => {
    world = await startWorld({ config: { rootCA: 'PEM' } });
    await world.client.create(kinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await world.until('account', async () =>
      (await world.list(kinds.ServiceAccount, 'team')).some(({ metadata }) => metadata.name === 'default'),
    );
    await world.until('CA', async () => (await world.list(kinds.ConfigMap, 'team'))[0]?.data?.['ca.crt'] === 'PEM');
    await world.client.delete(kinds.ServiceAccount, 'default', 'team');
    await world.until('account again', async () => (await world.list(kinds.ServiceAccount, 'team')).length === 1);
  });

  it('is emptied and removed when deleted', async () => {
    world = await startWorld();
    await world.client.create(kinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await world.client.create(kinds.ConfigMap, configMap('one'));
    await world.client.create(kinds.Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'team' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    await world.until('running', async () => (await world.list(kinds.Pod, 'team'))[0]?.status?.phase === 'Running');
    await world.client.delete(kinds.Namespace, 'team');
    await world.until('gone', async () => !(await world.list(kinds.Namespace)).some(({ metadata }) => metadata.name === 'team'));
    expect(await world.list(kinds.ConfigMap, 'team')).toEqual([]);
  });

  it('says what still holds it', async () => {
    world = await startWorld();
    await world.client.create(kinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await world.client.create(kinds.ConfigMap, configMap('held', { finalizers: ['example.com/hold'] }));
    await world.client.delete(kinds.Namespace, 'team');
    await world.until('conditions', async () => ((await world.client.get(kinds.Namespace, 'team')).status?.conditions ?? []).length === 5);
    const { status } = await world.client.get(kinds.Namespace, 'team');
    expect(status?.conditions?.filter((one) => one.status === 'True').map(({ type, message }) => [type, message])).toEqual([
      ['NamespaceContentRemaining', 'Some resources are remaining: configmaps has 1 resource instances'],
      ['NamespaceFinalizersRemaining', 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances'],
    ]);
    await world.client.patch(kinds.ConfigMap, 'held', 'team', { metadata: { finalizers: null } });
    await world.until('gone', async () => !(await world.list(kinds.Namespace)).some(({ metadata }) => metadata.name === 'team'));
  });
});

describe('the garbage collector', () => {
  const owned = (name: string, uid: string, kind = 'ConfigMap', owner = 'owner') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ownerReferences: [{ apiVersion: 'v1', kind, name: owner, uid }] },
  });
  const names = async (): Promise<(string | undefined)[]> => (await world.list(kinds.ConfigMap)).map(({ metadata }) => metadata.name);

  it('deletes dependents of what is deleted, down the line', async () => {
    world = await startWorld();
    const owner = await world.client.create(kinds.ConfigMap, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owner', namespace: 'default' },
    });
    const child = await world.client.create(kinds.ConfigMap, owned('child', owner.metadata.uid ?? ''));
    await world.client.create(kinds.ConfigMap, owned('grandchild', child.metadata.uid ?? '', 'ConfigMap', 'child'));
    await world.client.delete(kinds.ConfigMap, 'owner', 'default');
    await world.until('all gone', async () => (await names()).length === 0);
  });

  it('deletes what names an owner that never was, once it has asked', async () => {
    world = await startWorld();
    await world.client.create(kinds.ConfigMap, owned('stray', 'no-such-uid'));
    await world.until('gone', async () => !(await names()).includes('stray'));
  });

  it('keeps an object as long as one of its owners lives, and drops the reference to the other', async () => {
    world = await startWorld();
    const make = (name: string) =>
      world.client.create(kinds.ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
    const [a, b] = [await make('a'), await make('b')];
    const both = owned('child', a.metadata.uid ?? '', 'ConfigMap', 'a');
    both.metadata.ownerReferences.push({ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: b.metadata.uid ?? '' });
    await world.client.create(kinds.ConfigMap, both);
    await world.client.delete(kinds.ConfigMap, 'a', 'default');
    const child = () => world.client.get(kinds.ConfigMap, 'child', 'default');
    await world.until('one owner', async () => (await child()).metadata.ownerReferences?.length === 1);
    expect((await child()).metadata.ownerReferences?.[0]?.name).toBe('b');
  });
});
