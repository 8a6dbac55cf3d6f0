import type { Kind } from '../../api/kind.ts';
import { kinds } from '../../api/scheme.ts';

/** Kinds whose strategy has AllowUnconditionalUpdate false: an update must name the version that it replaces. */
const versioned = new Set<Kind>([
  kinds.Lease,
  kinds.PodDisruptionBudget,
  kinds.CustomResourceDefinition,
  kinds.APIService,
  kinds.MutatingWebhookConfiguration,
  kinds.ValidatingWebhookConfiguration,
  kinds.ValidatingAdmissionPolicy,
  kinds.ValidatingAdmissionPolicyBinding,
  kinds.MutatingAdmissionPolicy,
  kinds.MutatingAdmissionPolicyBinding,
  kinds.CSIDriver,
  kinds.CSINode,
  kinds.VolumeAttachment,
  kinds.VolumeAttributesClass,
  kinds.RuntimeClass,
] as readonly Kind[]);

export const requiresResourceVersion = (kind: Kind): boolean => kind.custom !== undefined || versioned.has(kind);

/** Kinds that answer a completed delete with the object instead of a Status (upstream: ReturnDeletedObject). */
const returned = new Set<Kind>([
  kinds.Pod,
  kinds.PodTemplate,
  kinds.PersistentVolume,
  kinds.PersistentVolumeClaim,
  kinds.ResourceQuota,
  kinds.Service,
  kinds.ServiceAccount,
  kinds.CSIDriver,
  kinds.CSINode,
  kinds.StorageClass,
  kinds.VolumeAttachment,
  kinds.VolumeAttributesClass,
  kinds.DeviceClass,
  kinds.ResourceClaim,
  kinds.ResourceClaimTemplate,
  kinds.ResourceSlice,
] as readonly Kind[]);

export const returnsDeletedObject = (kind: Kind): boolean => returned.has(kind);

/** Kinds whose dependents are orphaned unless the request says otherwise (upstream: DefaultGarbageCollectionPolicy). */
export const orphansByDefault = (kind: Kind): boolean => kind === (kinds.Job as Kind) || kind === (kinds.ReplicationController as Kind);
