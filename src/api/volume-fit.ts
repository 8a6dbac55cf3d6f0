import { compileNodeSelector } from './node-affinity.ts';
import { compareQuantity } from './quantity.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from './types/core-v1.ts';
import type { StorageClass } from './types/storage-v1.ts';
import { bindCompletedAnnotation, boundByControllerAnnotation, claimReference, claimRefersTo, volumeSuits } from './volume-binding.ts';

/** Whether the pod's claim of this name comes from an ephemeral volume. */
export const isEphemeral = ({ metadata, spec }: Pod, claim: string): boolean =>
  spec?.volumes?.some(({ name, ephemeral }) => ephemeral !== undefined && `${metadata.name}-${name}` === claim) === true;

/** Fully bound: it names its volume and the volume controller has said so. */
export const isBound = ({ metadata, spec, status }: PersistentVolumeClaim): boolean =>
  (spec?.volumeName ?? '') !== '' && (metadata.annotations?.[bindCompletedAnnotation] !== undefined || status?.phase === 'Bound');

export function volumeFitsNode(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return required === undefined || compileNodeSelector(required)(node);
}

/** The smallest available volume that suits the claim and can be used on the node (upstream's `FindMatchingVolume`). */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  node: Node,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    const { claimRef, capacity } = volume.spec ?? {};
    if (taken.has(volume.metadata.name ?? '') || volume.metadata.deletionTimestamp !== undefined) continue;
    const reserved = claimRef !== undefined;
    if (reserved && !claimRefersTo(claimRef, claim)) continue;
    if (!reserved && volume.status?.phase !== 'Available' && volume.status?.phase !== undefined) continue;
    if (!volumeSuits(claim, volume) || !volumeFitsNode(volume, node)) continue;
    if (reserved) return volume;
    if (best === undefined || compareQuantity(capacity?.['storage'], best.spec?.capacity?.['storage']) < 0) best = volume;
  }
  return best;
}

/** Whether the class can make a volume that the node can use. */
export function canProvision(storageClass: StorageClass | undefined, node: Node): boolean {
  if (storageClass === undefined || storageClass.provisioner === 'kubernetes.io/no-provisioner') return false;
  const terms = storageClass.allowedTopologies ?? [];
  if (terms.length === 0) return true;
  return terms.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 &&
      matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? '')),
  );
}

/** The volume with the claim written into it; the volume controller does the rest. */
export function reservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const copy = structuredClone(volume);
  copy.metadata.annotations = { ...copy.metadata.annotations, [boundByControllerAnnotation]: 'yes' };
  copy.spec = { ...copy.spec, claimRef: claimReference(claim) };
  return copy;
}
