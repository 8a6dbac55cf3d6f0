/** Which PersistentVolume suits which claim: rules that the scheduler and the volume controllers share. */
import { selectorFrom } from './labels.ts';
import { compareQuantity } from './quantity.ts';
import type { ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod } from './types/core-v1.ts';

/** Annotations of upstream's volume binding (component-helpers storage/volume). */
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';
export const bindCompletedAnnotation = 'pv.kubernetes.io/bind-completed';
export const boundByControllerAnnotation = 'pv.kubernetes.io/bound-by-controller';

/** Names of the claims that a pod's volumes use; those of ephemeral volumes are named after pod and volume. */
export const claimNamesOf = ({ metadata, spec }: Pod): string[] =>
  (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${metadata.name}-${name}`];
  });

export const claimClassName = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '';

/** Whether a volume's `claimRef` means this claim; a reference without UID means whatever has the name. */
export const claimRefersTo = (reference: ObjectReference, { metadata }: PersistentVolumeClaim): boolean =>
  reference.namespace === metadata.namespace &&
  reference.name === metadata.name &&
  ((reference.uid ?? '') === '' || reference.uid === metadata.uid);

/** Whether the volume has what the claim asks for: size, class, mode, labels and access modes. */
export function volumeSuits(claim: PersistentVolumeClaim, { metadata, spec: volume }: PersistentVolume): boolean {
  const { spec } = claim;
  if (compareQuantity(volume?.capacity?.['storage'], spec?.resources?.requests?.['storage']) < 0) return false;
  if ((volume?.storageClassName ?? '') !== claimClassName(claim)) return false;
  if ((volume?.volumeMode ?? 'Filesystem') !== (spec?.volumeMode ?? 'Filesystem')) return false;
  if ((volume?.volumeAttributesClassName ?? '') !== (spec?.volumeAttributesClassName ?? '')) return false;
  if (spec?.selector !== undefined && !selectorFrom(spec.selector).matches(metadata.labels ?? {})) return false;
  return spec?.accessModes?.every((mode) => volume?.accessModes?.includes(mode) === true) ?? true;
}

/** A reference that reserves a volume for this claim. */
export const claimReference = ({ metadata: { name, namespace, uid, resourceVersion } }: PersistentVolumeClaim): ObjectReference => ({
  kind: 'PersistentVolumeClaim',
  apiVersion: 'v1',
  ...(name === undefined ? {} : { name }),
  ...(namespace === undefined ? {} : { namespace }),
  ...(uid === undefined ? {} : { uid }),
  ...(resourceVersion === undefined ? {} : { resourceVersion }),
});
