import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src/api/types/core-v1.ts';
import { startWorld, type World } from './harness.ts';

let world: World;
afterEach(() => world.stop());

const volume = (name: string, storage: string, change: object = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' }, storageClassName: 'manual', ...change },
});
const claim = (change: object = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'manual', resources: { requests: { storage: '5Gi' } }, ...change },
});
const readClaim = () => world.client.get(kinds.PersistentVolumeClaim, 'data', 'default');
const phases = async () =>
  Object.fromEntries((await world.list(kinds.PersistentVolume)).map(({ metadata, status }) => [metadata.name, status?.phase]));

describe('static binding', () => {
  it('takes the smallest volume that suits, and releases it when the claim goes', async () => {
    world = await startWorld();
    await world.client.create(kinds.PersistentVolume, volume('large', '100Gi'));
    await world.client.create(kinds.PersistentVolume, volume('medium', '10Gi'));
    await world.client.create(kinds.PersistentVolume, volume('small', '1Gi'));
    await world.until('available', async () => Object.values(await phases()).every((phase) => phase === 'Available'));
    await world.client.create(kinds.PersistentVolumeClaim, claim());
    await world.until('bound', async () => (await readClaim()).status?.phase === 'Bound');
    expect((await readClaim()).spec?.volumeName).toBe('medium');
    expect((await readClaim()).status?.capacity).toEqual({ storage: '10Gi' });
    expect(await phases()).toEqual({ large: 'Available', medium: 'Bound', small: 'Available' });
    await world.client.delete(kinds.PersistentVolumeClaim, 'data', 'default');
    await world.until('released', async () => (await phases())['medium'] === 'Released');
  });

  it('waits for a volume that comes later', async () => {
    world = await startWorld();
    await world.client.create(kinds.PersistentVolumeClaim, claim());
    await world.until('pending', async () => (await readClaim()).status?.phase === 'Pending');
    await world.client.create(kinds.PersistentVolume, volume('late', '5Gi'));
    await world.until('bound', async () => (await readClaim()).status?.phase === 'Bound');
  });

  it('calls a claim lost whose volume is deleted', async () => {
    world = await startWorld();
    await world.client.create(kinds.PersistentVolume, volume('only', '5Gi'));
    await world.client.create(kinds.PersistentVolumeClaim, claim());
    await world.until('bound', async () => (await readClaim()).status?.phase === 'Bound');
    await world.client.patch(kinds.PersistentVolume, 'only', undefined, { metadata: { finalizers: null } });
    await world.client.delete(kinds.PersistentVolume, 'only');
    await world.until('lost', async () => (await readClaim()).status?.phase === 'Lost');
  });
});

describe('the local-path provisioner', () => {
  it('waits for the node, makes a volume there, and removes it with the claim', async () => {
    world = await startWorld();
    await world.until('class', async () => (await world.list(kinds.StorageClass)).length === 1);
    await world.client.create(kinds.PersistentVolumeClaim, claim({ storageClassName: 'standard' }));
    await world.until('waiting', async () => (await world.events('WaitForFirstConsumer')).length > 0);
    expect(await world.list(kinds.PersistentVolume)).toEqual([]);
    await world.client.patch(kinds.PersistentVolumeClaim, 'data', 'default', {
      metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'node-1' } },
    });
    await world.until('bound', async () => (await readClaim()).status?.phase === 'Bound');
    const [made] = await world.list(kinds.PersistentVolume);
    expect(made?.metadata.name).toBe(`pvc-${(await readClaim()).metadata.uid}`);
    expect(made?.spec).toMatchObject({
      persistentVolumeReclaimPolicy: 'Delete',
      capacity: { storage: '5Gi' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] }] },
      },
    });
    await world.client.delete(kinds.PersistentVolumeClaim, 'data', 'default');
    await world.until('gone', async () => (await world.list(kinds.PersistentVolume)).length === 0);
  });
});

describe('claim protection', () => {
  it('keeps a deleted claim until no pod uses it', async () => {
    world = await startWorld();
    const protectedClaim = claim();
    protectedClaim.metadata.finalizers = ['kubernetes.io/pvc-protection'];
    await world.client.create(kinds.PersistentVolumeClaim, protectedClaim);
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    await world.client.create(kinds.Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'user', namespace: 'default' },
      spec: { containers: [{ name: 'c', image: 'i' }], volumes },
    });
    await world.until('running', async () => (await world.list(kinds.Pod))[0]?.status?.phase === 'Running');
    await world.client.delete(kinds.PersistentVolumeClaim, 'data', 'default');
    await world.clock.advance(1000);
    expect((await readClaim()).metadata.deletionTimestamp).toBeDefined();
    await world.client.delete(kinds.Pod, 'user', 'default');
    await world.until('gone', async () => (await world.list(kinds.PersistentVolumeClaim)).length === 0);
  });
});

describe('an ephemeral volume', () => {
  it('has a claim that goes with the pod', async () => {
    world = await startWorld();
    const volumeClaimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
    await world.client.create(kinds.Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'user', namespace: 'default' },
      spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }] },
    });
    await world.until('claim', async () => (await world.list(kinds.PersistentVolumeClaim))[0]?.metadata.name === 'user-scratch');
    await world.client.delete(kinds.Pod, 'user', 'default');
    await world.until('gone', async () => (await world.list(kinds.PersistentVolumeClaim)).length === 0);
  });
});
