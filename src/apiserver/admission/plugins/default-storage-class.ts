import { kinds } from '../../../api/scheme.ts';
import type { PersistentVolumeClaim } from '../../../api/types/core-v1.ts';
import { type AdmissionPlugin, isFor } from '../plugin.ts';
import { defaultOf } from './default-of.ts';

/** A claim that names no class gets the default one; an empty name means none on purpose. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  async mutate(attributes, context) {
    if (attributes.operation !== 'CREATE' || !isFor(attributes, kinds.PersistentVolumeClaim)) return;
    const claim = attributes.object as PersistentVolumeClaim;
    if (claim.spec === undefined || claim.spec.storageClassName !== undefined) return;
    if (claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
    const chosen = defaultOf(await context.list(kinds.StorageClass), [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ]);
    if (chosen !== undefined) claim.spec.storageClassName = chosen.metadata.name ?? '';
  },
};
