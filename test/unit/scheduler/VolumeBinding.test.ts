import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src/api/types/core-v1.ts';
import type { StorageClass } from '../../../src/api/types/storage-v1.ts';
import { node, pod } from './build.ts';
import { harness } from './harness.ts';
import { run } from './run.ts';

const claim = (name: string, more: Partial<PersistentVolumeClaim['spec']> = {}, phase = 'Pending'): PersistentVolumeClaim => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}` },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'fast', ...more },
  status: { phase },
});
const volume = (name: string, onNode?: string, more: Partial<PersistentVolume['spec']> = {}): PersistentVolume => ({
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    ...(onNode !== undefined && {
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [onNode] }] }] },
      },
    }),
    ...more,
  },
  status: { phase: 'Available' },
});
const storageClass = (more: Partial<StorageClass> = {}): StorageClass => ({
  metadata: { name: 'fast' },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
  ...more,
});
const bound = (name: string, volumeName: string) => claim(name, { volumeName }, 'Bound');

const conflict = "node(s) didn't match PersistentVolume's node affinity";
const noVolume = "node(s) didn't find available persistent volumes to bind";

describe('VolumeBinding filter', () => {
  const rows: {
    name: string;
    claims?: PersistentVolumeClaim[];
    volumes?: PersistentVolume[];
    classes?: StorageClass[];
    refused: Record<string, string>;
  }[] = [
    { name: 'a claim that is not there', refused: { '*': 'persistentvolumeclaim "data" not found' } },
    {
      name: 'a claim that is being deleted',
      claims: [{ ...claim('data'), metadata: { name: 'data', namespace: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      refused: { '*': 'persistentvolumeclaim "data" is being deleted' },
    },
    {
      name: 'a claim that lost its volume',
      claims: [claim('data', { volumeName: 'gone' }, 'Lost')],
      refused: { '*': 'persistentvolumeclaim "data" bound to non-existent persistentvolume "gone"' },
    },
    {
      name: 'a claim that should be bound by now',
      claims: [claim('data')],
      classes: [storageClass({ volumeBindingMode: 'Immediate' })],
      refused: { '*': 'pod has unbound immediate PersistentVolumeClaims' },
    },
    { name: 'a bound volume usable anywhere', claims: [bound('data', 'v1')], volumes: [volume('v1')], refused: {} },
    { name: 'a bound volume of one node', claims: [bound('data', 'v1')], volumes: [volume('v1', 'n1')], refused: { n2: conflict } },
    {
      name: 'a bound volume that is not there',
      claims: [bound('data', 'v1')],
      refused: {
        n1: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
        n2: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
      },
    },
    {
      name: 'a claim that waits, with a volume on one node',
      claims: [claim('data')],
      volumes: [volume('v1', 'n2')],
      classes: [storageClass()],
      refused: { n1: noVolume },
    },
    {
      name: 'volumes too small, of another class, mode or owner',
      claims: [claim('data')],
      volumes: [
        volume('small', 'n1', { capacity: { storage: '1Mi' } }),
        volume('slow', 'n1', { storageClassName: 'slow' }),
        volume('shared', 'n1', { accessModes: ['ReadOnlyMany'] }),
        volume('block', 'n1', { volumeMode: 'Block' }),
        volume('taken', 'n1', { claimRef: { namespace: 'default', name: 'other', uid: 'uid-other' } }),
      ],
      classes: [storageClass()],
      refused: { n1: noVolume, n2: noVolume },
    },
    {
      name: 'a provisioner can make one anywhere',
      claims: [claim('data')],
      classes: [storageClass({ provisioner: 'local-path' })],
      refused: {},
    },
    {
      name: 'a provisioner for some nodes',
      claims: [claim('data')],
      classes: [
        storageClass({
          provisioner: 'local-path',
          allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['n1'] }] }],
        }),
      ],
      refused: { n2: noVolume },
    },
  ];
  test.each(rows)('$name', ({ claims = [], volumes = [], classes = [], refused }) => {
    const world = harness({
      nodes: [node('n1'), node('n2')],
      objects: [
        [kinds.PersistentVolumeClaim, claims],
        [kinds.PersistentVolume, volumes],
        [kinds.StorageClass, classes],
      ],
      plugins: ['VolumeBinding'],
    });
    expect(world.refusals(pod('p', { claims: ['data'] }))).toEqual(refused);
  });
});

describe('VolumeBinding binding', () => {
  /** A pod that waits for a provisioner, with its claim as the scheduler left it. */
  async function provisioning() {
    const cluster = await run({ nodes: [node('n1')] });
    cluster.api.put('storageclasses', storageClass({ provisioner: 'local-path' }));
    cluster.api.put('persistentvolumeclaims', claim('data'));
    await cluster.settle();
    cluster.api.put('pods', pod('p', { claims: ['data'] }));
    await cluster.settle();
    const told = cluster.api.get<PersistentVolumeClaim>('persistentvolumeclaims', 'data', 'default') as PersistentVolumeClaim;
    return { cluster, told };
  }

  test('tells the provisioner the node and binds the pod once the volume is bound', async () => {
    const { cluster, told } = await provisioning();
    await using _ = cluster;
    expect(told.metadata.annotations).toEqual({ 'volume.kubernetes.io/selected-node': 'n1' });
    expect(cluster.nodeOf('p')).toBeUndefined();
    cluster.api.put('persistentvolumeclaims', { ...told, ...bound('data', 'v1'), metadata: told.metadata });
    await cluster.settle();
    expect(cluster.nodeOf('p')).toBe('n1');
  });

  test('a provisioner that gives up sends the pod back', async () => {
    const { cluster, told } = await provisioning();
    await using _ = cluster;
    cluster.api.put('persistentvolumeclaims', { ...told, metadata: { ...told.metadata, annotations: {} } });
    await cluster.settle();
    expect(cluster.condition('p')).toBe('running plugin "VolumeBinding": provisioning failed for the selected node');
  });

  test('reserves the smallest volume that is there', async () => {
    await using cluster = await run({ nodes: [node('n1')] });
    cluster.api.put('storageclasses', storageClass());
    cluster.api.put('persistentvolumes', volume('large', 'n1', { capacity: { storage: '9Gi' } }));
    cluster.api.put('persistentvolumes', volume('right', 'n1', { capacity: { storage: '2Gi' } }));
    cluster.api.put('persistentvolumeclaims', claim('data'));
    await cluster.settle();
    cluster.api.put('pods', pod('p', { claims: ['data'] }));
    await cluster.settle();
    const refs = cluster.api.all<PersistentVolume>('persistentvolumes').map(({ metadata, spec }) => [metadata.name, spec?.claimRef?.name]);
    expect(refs).toEqual([
      ['large', undefined],
      ['right', 'data'],
    ]);
    expect(cluster.nodeOf('p')).toBeUndefined();
    await cluster.settle(600_000);
    expect(cluster.condition('p')).toBe('running plugin "VolumeBinding": timed out waiting for the condition');
  });
});

describe('VolumeRestrictions', () => {
  test.each([
    { name: 'an exclusive claim in use', modes: ['ReadWriteOncePod'], refused: true },
    { name: 'a claim that nodes share', modes: ['ReadWriteOnce'], refused: false },
  ])('$name', ({ modes, refused }) => {
    const world = harness({
      nodes: [node('n1'), node('n2')],
      pods: [pod('other', { on: 'n1', claims: ['data'] })],
      objects: [[kinds.PersistentVolumeClaim, [claim('data', { accessModes: modes })]]],
      plugins: ['VolumeRestrictions'],
    });
    const reason = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
    expect(world.refusals(pod('p', { claims: ['data'] }))).toEqual(refused ? { n1: reason, n2: reason } : {});
  });
});
