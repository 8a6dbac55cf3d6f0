import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../api/types/core-v1.ts';
import type { StorageClass } from '../../api/types/storage-v1.ts';
import { claimReference } from '../../api/volume-binding.ts';
import type { StartController } from '../context.ts';
import { nameOf, namespaceOf, uidOf } from '../lib/objects.ts';

/** Makes volumes that are directories on one node. */
export const provisioner = 'shoal.dev/local-path';
export const provisionerAnnotation = 'volume.kubernetes.io/storage-provisioner';
export const provisionedByAnnotation = 'pv.kubernetes.io/provisioned-by';
const hostnameLabel = 'kubernetes.io/hostname';

export const isOurs = (storageClass: StorageClass): boolean => storageClass.provisioner === provisioner;

export const foreignProvisioning = (name: string): string =>
  `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;

/** The volume that a claim gets: a directory on `node`, which the kubelet makes when it is first used. */
export function provisionedVolume(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node, root: string): PersistentVolume {
  const name = `pvc-${uidOf(claim)}`;
  const hostname = node.metadata.labels?.[hostnameLabel] ?? nameOf(node);
  const { accessModes, resources, volumeMode } = claim.spec ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [provisionedByAnnotation]: provisioner } },
    spec: {
      ...(accessModes === undefined ? {} : { accessModes }),
      capacity: { storage: resources?.requests?.['storage'] ?? '0' },
      claimRef: claimReference(claim),
      hostPath: { path: `${root}/${name}_${namespaceOf(claim)}_${nameOf(claim)}`, type: 'DirectoryOrCreate' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: hostnameLabel, operator: 'In', values: [hostname] }] }] },
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: nameOf(storageClass),
      volumeMode: volumeMode ?? 'Filesystem',
      ...(storageClass.mountOptions === undefined ? {} : { mountOptions: storageClass.mountOptions }),
    },
  };
}

const standard: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};

/** Makes the default StorageClass of a cluster that has none, once at start. */
export const defaultStorageClass: StartController = ({ client, config, informers }) => {
  if (!config.defaultStorageClass) return [];
  const classes = informers.informer(kinds.StorageClass);
  return {
    name: 'default-storageclass',
    watch: (enqueue) => enqueue('standard'),
    async reconcile() {
      if (classes.list().length > 0) return;
      await client.create(kinds.StorageClass, structuredClone(standard)).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
    },
  };
};
