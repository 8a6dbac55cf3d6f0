import { kinds } from '../scheme.ts';
import { accessModesText } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, wide } from './table.ts';

const betaClass = 'volume.beta.kubernetes.io/storage-class';
const unset = '<unset>';
const attributesClassColumn = (of: string) => column('VolumeAttributesClass', `VolumeAttributesClass of the ${of}`);

export const storageColumns = [
  columnsOf(
    kinds.PersistentVolume,
    [
      nameColumn,
      column('Capacity', doc('core.v1.PersistentVolumeSpec', 'capacity')),
      column('Access Modes', doc('core.v1.PersistentVolumeSpec', 'accessModes')),
      column('Reclaim Policy', doc('core.v1.PersistentVolumeSpec', 'persistentVolumeReclaimPolicy')),
      column('Status', doc('core.v1.PersistentVolumeStatus', 'phase')),
      column('Claim', doc('core.v1.PersistentVolumeSpec', 'claimRef')),
      column('StorageClass', 'StorageClass of the pv'),
      attributesClassColumn('pv'),
      column('Reason', doc('core.v1.PersistentVolumeStatus', 'reason')),
      ageColumn,
      wide('VolumeMode', doc('core.v1.PersistentVolumeSpec', 'volumeMode')),
    ],
    ({ metadata, spec, status }, now) => [
      metadata.name ?? '',
      spec?.capacity?.['storage'] ?? '0',
      accessModesText(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
      metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? unset,
      status?.reason ?? '',
      age({ metadata }, now),
      spec?.volumeMode ?? unset,
    ],
  ),
  columnsOf(
    kinds.PersistentVolumeClaim,
    [
      nameColumn,
      column('Status', doc('core.v1.PersistentVolumeClaimStatus', 'phase')),
      column('Volume', doc('core.v1.PersistentVolumeClaimSpec', 'volumeName')),
      column('Capacity', doc('core.v1.PersistentVolumeClaimStatus', 'capacity')),
      column('Access Modes', doc('core.v1.PersistentVolumeClaimStatus', 'accessModes')),
      column('StorageClass', 'StorageClass of the pvc'),
      attributesClassColumn('pvc'),
      ageColumn,
      wide('VolumeMode', doc('core.v1.PersistentVolumeClaimSpec', 'volumeMode')),
    ],
    ({ metadata, spec, status }, now) => {
      const bound = (spec?.volumeName ?? '') !== '';
      return [
        metadata.name ?? '',
        metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
        spec?.volumeName ?? '',
        bound ? (status?.capacity?.['storage'] ?? '0') : '',
        bound ? accessModesText(status?.accessModes) : '',
        metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
        spec?.volumeAttributesClassName ?? unset,
        age({ metadata }, now),
        spec?.volumeMode ?? unset,
      ];
    },
  ),
  columnsOf(
    kinds.StorageClass,
    [
      nameColumn,
      column('Provisioner', doc('storage.v1.StorageClass', 'provisioner')),
      column('ReclaimPolicy', doc('storage.v1.StorageClass', 'reclaimPolicy')),
      column('VolumeBindingMode', doc('storage.v1.StorageClass', 'volumeBindingMode')),
      column('AllowVolumeExpansion', doc('storage.v1.StorageClass', 'allowVolumeExpansion')),
      ageColumn,
    ],
    (object, now) => {
      const annotations = object.metadata.annotations ?? {};
      const isDefault = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
        (key) => annotations[key] === 'true',
      );
      return [
        `${object.metadata.name ?? ''}${isDefault ? ' (default)' : ''}`,
        object.provisioner,
        object.reclaimPolicy ?? 'Delete',
        object.volumeBindingMode ?? 'Immediate',
        object.allowVolumeExpansion ?? false,
        age(object, now),
      ];
    },
  ),
  columnsOf(
    kinds.VolumeAttributesClass,
    [nameColumn, column('DriverName', doc('storage.v1.VolumeAttributesClass', 'driverName')), ageColumn],
    (object, now) => [object.metadata.name ?? '', object.driverName, age(object, now)],
  ),
  columnsOf(
    kinds.VolumeAttachment,
    [
      nameColumn,
      { ...column('Attacher', doc('storage.v1.VolumeAttachmentSpec', 'attacher')), format: 'name' },
      column('PV', doc('storage.v1.VolumeAttachmentSource', 'persistentVolumeName')),
      column('Node', doc('storage.v1.VolumeAttachmentSpec', 'nodeName')),
      column('Attached', doc('storage.v1.VolumeAttachmentStatus', 'attached'), 'boolean'),
      ageColumn,
    ],
    (object, now) => [
      object.metadata.name ?? '',
      object.spec.attacher,
      object.spec.source.persistentVolumeName ?? '',
      object.spec.nodeName,
      object.status?.attached ?? false,
      age(object, now),
    ],
  ),
  columnsOf(
    kinds.CSINode,
    [nameColumn, column('Drivers', 'Drivers indicates the number of CSI drivers registered on the node', 'integer'), ageColumn],
    (object, now) => [object.metadata.name ?? '', object.spec.drivers?.length ?? 0, age(object, now)],
  ),
  columnsOf(
    kinds.CSIDriver,
    [
      nameColumn,
      column('AttachRequired', doc('storage.v1.CSIDriverSpec', 'attachRequired'), 'boolean'),
      column('PodInfoOnMount', doc('storage.v1.CSIDriverSpec', 'podInfoOnMount'), 'boolean'),
      column('StorageCapacity', doc('storage.v1.CSIDriverSpec', 'storageCapacity'), 'boolean'),
      column('TokenRequests', doc('storage.v1.CSIDriverSpec', 'tokenRequests')),
      column('RequiresRepublish', doc('storage.v1.CSIDriverSpec', 'requiresRepublish'), 'boolean'),
      column('Modes', doc('storage.v1.CSIDriverSpec', 'volumeLifecycleModes')),
      ageColumn,
    ],
    (object, now) => {
      const { spec } = object;
      const audiences = (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',');
      return [
        object.metadata.name ?? '',
        spec.attachRequired ?? true,
        spec.podInfoOnMount ?? false,
        spec.storageCapacity ?? false,
        audiences === '' ? unset : audiences,
        spec.requiresRepublish ?? false,
        (spec.volumeLifecycleModes ?? []).join(',') || '<none>',
        age(object, now),
      ];
    },
  ),
  columnsOf(
    kinds.CSIStorageCapacity,
    [
      nameColumn,
      column('StorageClassName', doc('storage.v1.CSIStorageCapacity', 'storageClassName')),
      column('Capacity', doc('storage.v1.CSIStorageCapacity', 'capacity')),
    ],
    (object) => [object.metadata.name ?? '', object.storageClassName, object.capacity ?? unset],
  ),
];
