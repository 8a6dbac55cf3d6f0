import { compareQuantity } from '../../../api/quantity.ts';
import { kinds } from '../../../api/scheme.ts';
import type { PersistentVolumeClaim } from '../../../api/types/core-v1.ts';
import { type AdmissionPlugin, admissionForbidden, isFor } from '../plugin.ts';

/** A claim can grow only where its storage class says that volumes expand. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  async validate(attributes, context) {
    if (attributes.operation !== 'UPDATE' || !isFor(attributes, kinds.PersistentVolumeClaim)) return;
    const claim = attributes.object as PersistentVolumeClaim;
    const old = attributes.oldObject as PersistentVolumeClaim;
    const size = (one: PersistentVolumeClaim) => one.spec?.resources?.requests?.['storage'];
    if (compareQuantity(size(claim), size(old)) <= 0) return;
    if (old.status?.phase !== 'Bound') throw admissionForbidden(attributes, 'Only bound persistent volume claims can be expanded');
    const name = claim.spec?.storageClassName ?? '';
    const storageClass = name === '' ? undefined : await context.get(kinds.StorageClass, name);
    if (storageClass?.allowVolumeExpansion !== true) {
      const text = 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw admissionForbidden(attributes, text);
    }
  },
};
