import type { Kind } from '../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../api/object.ts';
import type { OwnerReference } from '../api/types/meta-v1.ts';

/** The owner that manages `object`, as `metav1.GetControllerOf`. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

/** Whether `owner` is the controller of `object`: same uid, as `metav1.IsControlledBy`. */
export const isControlledBy = (object: KubeObject, owner: KubeObject): boolean => {
  const uid = controllerOf(object)?.uid;
  return uid !== undefined && uid === owner.metadata.uid;
};

/** The reference that a controller of `owner` puts on what it makes, as `metav1.NewControllerRef`. */
export const ownerReference = (kind: Kind, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata.name ?? '',
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});
