import { afterEach, describe, expect, it } from 'vitest';
import { goJson } from '../../../src/api/go-text.ts';
import { kinds } from '../../../src/api/scheme.ts';
import type { DaemonSet, StatefulSet } from '../../../src/api/types/apps-v1.ts';
import { startWorld, type World } from './harness.ts';

let world: World;
afterEach(() => world.stop());

const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'db:1' }] } };
const selector = { matchLabels: { app: 'db' } };
const newImage = { spec: { template: { spec: { containers: [{ name: 'db', image: 'db:2' }] } } } };
const images = async (): Promise<string[]> =>
  (await world.list(kinds.Pod)).map((pod) => `${pod.metadata.name} ${pod.spec?.containers[0]?.image}`).sort();

describe('a StatefulSet', () => {
  const create = (spec: object = {}): Promise<StatefulSet> =>
    world.client.create(kinds.StatefulSet, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'default' },
      spec: { replicas: 3, serviceName: 'db', selector, template, ...spec },
    });
  const read = () => world.client.get(kinds.StatefulSet, 'db', 'default');
  const settled = async (replicas: number): Promise<boolean> => {
    const { status, metadata } = await read();
    const done = status?.observedGeneration === metadata.generation && status?.replicas === replicas && status.readyReplicas === replicas;
    return done && status?.currentRevision === status?.updateRevision && status?.updatedReplicas === replicas;
  };
  const created = async (): Promise<string[]> =>
    (await world.list(kinds.Pod))
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ metadata }) => metadata.name ?? '');

  it('starts its pods one after the other, with names, labels and claims of their own', async () => {
    let waiting = 0;
    world = await startWorld({ pod: (pod) => (pod.metadata.name === 'db-1' && waiting++ < 1 ? 'hold' : 'ready') });
    const volumeClaimTemplates = [
      { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    ];
    await create({ volumeClaimTemplates });
    await world.until('second pod', async () => (await created()).includes('db-1'));
    await world.clock.advance(100);
    expect(await created()).not.toContain('db-2');
    await world.client.patch(kinds.Pod, 'db-1', 'default', { metadata: { annotations: { poke: '1' } } });
    await world.until('settled', () => settled(3));
    const pod = await world.client.get(kinds.Pod, 'db-2', 'default');
    expect(pod.spec).toMatchObject({
      hostname: 'db-2',
      subdomain: 'db',
      volumes: expect.arrayContaining([{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-2' } }]),
    });
    expect(pod.metadata.labels).toMatchObject({ 'statefulset.kubernetes.io/pod-name': 'db-2', 'apps.kubernetes.io/pod-index': '2' });
    expect((await world.list(kinds.PersistentVolumeClaim)).map(({ metadata }) => metadata.name).sort()).toEqual([
      'data-db-0',
      'data-db-1',
      'data-db-2',
    ]);
  });

  it('rolls from the highest ordinal down to the partition', async () => {
    world = await startWorld();
    await create({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } });
    await world.until('settled', () => settled(3));
    await world.client.patch(kinds.StatefulSet, 'db', 'default', newImage);
    await world.until(
      'one updated',
      async () => (await read()).status?.updatedReplicas === 1 && (await read()).status?.readyReplicas === 3,
    );
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:1', 'db-2 db:2']);
    const { uid } = (await world.client.get(kinds.Pod, 'db-0', 'default')).metadata;
    await world.client.delete(kinds.Pod, 'db-0', 'default');
    await world.until('made again', async () =>
      (await world.list(kinds.Pod)).some(({ metadata }) => metadata.name === 'db-0' && metadata.uid !== uid),
    );
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:1', 'db-2 db:2']);
    await world.client.patch(kinds.StatefulSet, 'db', 'default', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await world.until('all updated', () => settled(3));
    expect(await images()).toEqual(['db-0 db:2', 'db-1 db:2', 'db-2 db:2']);
  });

  it('scales down from the top and deletes claims where the policy says so', async () => {
    world = await startWorld();
    await create({
      volumeClaimTemplates: [
        { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
    });
    await world.until('settled', () => settled(3));
    await world.client.patch(kinds.StatefulSet, 'db', 'default', { spec: { replicas: 1 } });
    await world.until('scaled', async () => (await images()).length === 1);
    expect(await images()).toEqual(['db-0 db:1']);
    // The protection finalizer of claims is the volume controllers' matter; what counts is that they are being deleted.
    await world.until('claims', async () => {
      const claims = await world.list(kinds.PersistentVolumeClaim);
      return claims.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length === 1;
    });
  });

  it('makes a pod again only when the claims that went with the last one are gone', async () => {
    world = await startWorld();
    await create({
      replicas: 2,
      volumeClaimTemplates: [
        { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
    });
    await world.until('settled', () => settled(2));
    const claim = async () => (await world.list(kinds.PersistentVolumeClaim)).find(({ metadata }) => metadata.name === 'data-db-1');
    const hold = { metadata: { finalizers: ['example.com/hold'] } };
    await world.client.patch(kinds.PersistentVolumeClaim, 'data-db-1', 'default', hold);
    await world.client.patch(kinds.StatefulSet, 'db', 'default', { spec: { replicas: 1 } });
    await world.until('claim is going', async () => (await claim())?.metadata.deletionTimestamp !== undefined);
    await world.client.patch(kinds.StatefulSet, 'db', 'default', { spec: { replicas: 2 } });
    await world.clock.advance(5_000);
    expect(await images()).toEqual(['db-0 db:1']);
    await world.client.patch(kinds.PersistentVolumeClaim, 'data-db-1', 'default', { metadata: { finalizers: null } });
    await world.clock.advance(5_000);
    await world.until('settled', () => settled(2));
    expect((await claim())?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('starts and stops all at once under Parallel, from another first ordinal', async () => {
    world = await startWorld({ pod: () => 'running' });
    await create({ podManagementPolicy: 'Parallel', ordinals: { start: 5 } });
    await world.until('three', async () => (await images()).length === 3);
    expect(await images()).toEqual(['db-5 db:1', 'db-6 db:1', 'db-7 db:1']);
    expect((await read()).status?.readyReplicas ?? 0).toBe(0);
  });
});

describe('a DaemonSet', () => {
  const create = (spec: object = {}): Promise<DaemonSet> =>
    world.client.create(kinds.DaemonSet, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'default' },
      spec: { selector, template, ...spec },
    });
  const read = () => world.client.get(kinds.DaemonSet, 'agent', 'default');
  const target = (pod: {
    spec?: {
      affinity?: {
        nodeAffinity?: {
          requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: { matchFields?: { values?: string[] }[] }[] };
        };
      };
    };
  }) =>
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];

  it('has one pod meant for each node, also for nodes that come later', async () => {
    world = await startWorld({ nodes: 2, pod: () => 'hold' });
    await create();
    await world.until('two', async () => (await world.list(kinds.Pod)).length === 2);
    await world.addNode('late');
    await world.until('three', async () => (await world.list(kinds.Pod)).length === 3);
    expect((await world.list(kinds.Pod)).map(target).sort()).toEqual(['late', 'node-0', 'node-1']);
    expect((await read()).status).toMatchObject({ desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 0 });
  });

  it('leaves nodes out that its selector or a taint excludes, and removes pods from them', async () => {
    world = await startWorld({ nodes: 2, pod: () => 'hold' });
    await world.addNode('tainted', (node) => {
      node.spec = { taints: [{ key: 'own', effect: 'NoSchedule' }] };
    });
    await create({ template: { ...template, spec: { ...template.spec, nodeSelector: { 'kubernetes.io/hostname': 'node-0' } } } });
    await world.until('one', async () => (await world.list(kinds.Pod)).map(target).join() === 'node-0');
    await world.client.patch(kinds.Node, 'node-0', undefined, { metadata: { labels: { 'kubernetes.io/hostname': 'other' } } });
    await world.until('none', async () => (await world.list(kinds.Pod)).length === 0);
  });

  it('writes its template down as other clients do: keys in order', async () => {
    world = await startWorld({ nodes: 1 });
    await create();
    await world.until('written down', async () => (await world.list(kinds.ControllerRevision)).length === 1);
    const [revision] = await world.list(kinds.ControllerRevision);
    const { spec } = await read();
    expect(goJson(revision?.data)).toBe(goJson({ spec: { template: { ...spec?.template, $patch: 'replace' } } }));
    expect(JSON.stringify(revision?.data)).toBe(goJson(revision?.data));
  });

  it('replaces pods a few at a time', async () => {
    world = await startWorld({ nodes: 3 });
    await create();
    const ready = async () => (await read()).status?.numberAvailable === 3 && (await read()).status?.updatedNumberScheduled === 3;
    await world.until('ready', ready);
    let least = 3;
    const watching = new AbortController();
    const seen = (async () => {
      for await (const { object } of world.client.watch(kinds.DaemonSet, { namespace: 'default', signal: watching.signal })) {
        least = Math.min(least, object.status?.numberAvailable ?? 0);
      }
    })();
    await world.client.patch(kinds.DaemonSet, 'agent', 'default', newImage);
    await world.until('rolled', async () => (await images()).every((text) => text.endsWith('db:2')) && (await ready()));
    watching.abort();
    await seen;
    expect(least).toBe(2);
    expect((await world.list(kinds.ControllerRevision)).map(({ revision }) => revision).sort()).toEqual([1, 2]);
  });
});
