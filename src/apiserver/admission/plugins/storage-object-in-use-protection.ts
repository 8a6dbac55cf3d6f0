import { kinds } from '../../../api/scheme.ts';
import { type AdmissionPlugin, isFor } from '../plugin.ts';

const finalizers = [
  [kinds.PersistentVolumeClaim, 'kubernetes.io/pvc-protection'],
  [kinds.PersistentVolume, 'kubernetes.io/pv-protection'],
] as const;

/** Keeps claims and volumes from going while they are used; the protection controllers take the finalizer off again. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate(attributes) {
    if (attributes.operation !== 'CREATE' || attributes.object === undefined) return;
    const { metadata } = attributes.object;
    for (const [kind, finalizer] of finalizers) {
      if (!isFor(attributes, kind) || metadata.finalizers?.includes(finalizer)) continue;
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    }
  },
};
