import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { createErrors, kinds, pod } from './objects.ts';

const label = (name: string): string =>
  `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;
const subdomain = (name: string): string =>
  `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;

describe('PersistentVolumes', () => {
  const capacity = { storage: '1Gi' };
  test.each<[string, object, string[]]>([
    [
      'without anything',
      {},
      [
        'accessModes: Required value',
        'capacity: Required value',
        'capacity: Unsupported value: null: supported values: "storage"',
        ': Required value: must specify a volume type',
      ],
    ],
    [
      'a negative size',
      { capacity: { storage: '-1' }, nfs: { server: 's', path: '/' } },
      [
        'capacity[storage]: Invalid value: -1: must be a valid resource quantity',
        'capacity[storage]: Invalid value: "-1": must be greater than zero',
      ],
    ],
    ['a relative path of NFS', { capacity, nfs: { server: 's', path: 'a' } }, ['nfs.path: Invalid value: "a": must be an absolute path']],
    [
      'no path of NFS',
      { capacity, nfs: { server: 's' } },
      ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path'],
    ],
    [
      'a local volume for any node',
      { capacity, local: { path: '/mnt' } },
      ['nodeAffinity: Required value: Local volume requires node affinity'],
    ],
    [
      'a local volume with an empty affinity',
      { capacity, local: { path: '/mnt' }, nodeAffinity: {} },
      ['nodeAffinity.required: Required value: must specify required node constraints'],
    ],
    [
      'CSI without anything',
      { capacity, csi: {} },
      ['csi.driver: Required value', `csi.driver: ${subdomain('')}`, 'csi.volumeHandle: Required value'],
    ],
    [
      'a secret without a name, in no namespace',
      { capacity, csi: { driver: 'd', volumeHandle: 'v', nodePublishSecretRef: { namespace: 'A' } } },
      ['csi.nodePublishSecretRef.name: Required value', `csi.nodePublishSecretRef.namespace: ${label('A')}`],
    ],
    ['an RBD image without monitors', { capacity, rbd: { image: 'i' } }, ['rbd.monitors: Required value']],
  ])('%s', (_name, spec, errors) => {
    const object = {
      metadata: { name: 'v' },
      spec: { ...(errors[0]?.startsWith('accessModes') ? {} : { accessModes: ['ReadWriteOnce'] }), ...spec },
    };
    expect(createErrors(kinds.PersistentVolume, object as never)).toEqual(
      errors.map((error) => `spec${error.startsWith(':') ? '' : '.'}${error}`),
    );
  });
});

describe('volumes of pods', () => {
  test.each<[string, object, string[]]>([
    ['CSI of a bad driver', { csi: { driver: 'A/b' } }, [`csi.driver: ${subdomain('A/b')}`]],
    ['CSI of a long driver', { csi: { driver: 'a'.repeat(64) } }, ['csi.driver: Too long: may not be more than 63 bytes']],
    ['CSI with a nameless secret', { csi: { driver: 'a', nodePublishSecretRef: {} } }, ['csi.nodePublishSecretRef .name: Required value']],
    ['iSCSI', { iscsi: { targetPortal: 'p', iqn: 'iqn.2015-02.example.com:test', lun: 0 } }, []],
    ['iSCSI without a target', { iscsi: { lun: 0 } }, ['iscsi.targetPortal: Required value', 'iscsi.iqn: Required value']],
    [
      'iSCSI of an unknown name',
      { iscsi: { targetPortal: 'p', iqn: 'abc', lun: 256 } },
      [
        'iscsi.iqn: Invalid value: "abc": must be valid format starting with iqn, eui, or naa',
        'iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
      ],
    ],
    [
      'iSCSI of a broken name',
      { iscsi: { targetPortal: 'p', iqn: 'iqn.x', lun: 1, chapAuthSession: true } },
      ['iscsi.iqn: Invalid value: "iqn.x": must be valid format', 'iscsi.secretRef: Required value'],
    ],
    [
      'fibre channel without a target',
      { fc: {} },
      ['fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both'],
    ],
    [
      'fibre channel without a number',
      { fc: { targetWWNs: ['a'] } },
      ['fc.lun: Required value: lun is required if targetWWNs is specified'],
    ],
    [
      'fibre channel by two sorts of names',
      { fc: { targetWWNs: ['a'], wwids: ['b'], lun: 1 } },
      ['fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously'],
    ],
    [
      'two dots as a file',
      { configMap: { name: 'c', items: [{ key: 'k', path: '..' }] } },
      [
        `configMap.items[0].path: Invalid value: "..": must not contain '..'`,
        `configMap.items[0].path: Invalid value: "..": must not start with '..'`,
      ],
    ],
    [
      'a file of a projected Secret',
      { projected: { sources: [{ secret: { name: 's', items: [{ path: 'p' }] } }] } },
      ['projected.sources[0].secret.items[0].key: Required value'],
    ],
  ])('%s', (_name, source, errors) => {
    const object = pod({ volumes: [{ name: 'v', ...source }] });
    expect(createErrors(kinds.Pod, object)).toEqual(errors.map((error) => `spec.volumes[0].${error}`));
  });
});

describe('other kinds of storage', () => {
  const attachment = (source: object): object => ({ metadata: { name: 'x' }, spec: { attacher: 'a', nodeName: 'n', source } });
  const at = 'spec.source.inlineVolumeSpec';
  const csiNode = (parts: object): object => ({ metadata: { name: 'x' }, spec: { drivers: [{ name: 'd', nodeID: 'i', ...parts }] } });
  const term = { matchLabelExpressions: [{ key: 'zone', values: ['a'] }] };
  test.each<[string, unknown, object, string[]]>([
    [
      'an attachment of nothing',
      kinds.VolumeAttachment,
      attachment({}),
      ['spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
    [
      'an attachment of a volume that nothing can be named',
      kinds.VolumeAttachment,
      attachment({ persistentVolumeName: 'A' }),
      [`spec.source.persistentVolumeName: ${subdomain('A')}`],
    ],
    [
      'an attachment of a volume that is not of CSI',
      kinds.VolumeAttachment,
      attachment({ inlineVolumeSpec: { capacity: { storage: '1' }, storageClassName: 's', hostPath: { path: '/a' } } }),
      [
        `${at}.capacity: Forbidden: may not be specified in the context of inline volumes`,
        `${at}.csi: Required value: has to be specified in the context of inline volumes`,
        `${at}.accessModes: Required value`,
        `${at}.storageClassName: Forbidden: may not be specified in the context of inline volumes`,
      ],
    ],
    [
      'a long node ID',
      kinds.CSINode,
      csiNode({ nodeID: 'i'.repeat(193) }),
      [`spec.drivers[0].nodeID: Invalid value: "${'i'.repeat(193)}": must be 192 characters or less`],
    ],
    [
      'a negative count',
      kinds.CSINode,
      csiNode({ allocatable: { count: -1 } }),
      ['spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0'],
    ],
    ['a topology key twice', kinds.CSINode, csiNode({ topologyKeys: ['a', 'a'] }), ['spec.drivers[0]: Duplicate value: "a"']],
    [
      'a topology twice',
      kinds.StorageClass,
      { metadata: { name: 'x' }, provisioner: 'a', allowedTopologies: [term, term] },
      ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
    ],
  ])('%s', (_name, kind, object, errors) => {
    expect(createErrors(kind as never, object as KubeObject)).toEqual(errors);
  });
});
