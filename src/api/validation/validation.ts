/**
 * Validation: upstream's rules of every built-in kind as one table. A kind without a row has only metadata checked;
 * custom resources are checked against the schema that they bring along. Runs after defaulting, admission and the strategy.
 */
import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { kinds } from '../scheme.ts';
import * as addresses from './addresses.ts';
import * as apiServices from './api-service.ts';
import * as autoscaling from './autoscaling.ts';
import * as batch from './batch.ts';
import * as certificates from './certificates.ts';
import * as cluster from './cluster.ts';
import * as config from './config.ts';
import * as crd from './crd.ts';
import * as discovery from './discovery.ts';
import * as disruption from './disruption.ts';
import * as events from './events.ts';
import { type Errors, type FieldError, gather } from './field-error.ts';
import * as flowcontrol from './flowcontrol.ts';
import { jobStatusUpdate } from './job-status.ts';
import { limitRange } from './limit-range.ts';
import { commonMeta, metaOnUpdate, objectMeta, objectMetaUpdate } from './meta.ts';
import * as networking from './networking.ts';
import { podCreate, podStatusUpdate } from './pod/pod.ts';
import { ephemeralContainersUpdate, podUpdate, resizeUpdate } from './pod/update.ts';
import * as policies from './policies.ts';
import * as quota from './quota.ts';
import * as rbac from './rbac.ts';
import * as claims from './resource-claims.ts';
import * as slices from './resource-slices.ts';
import * as services from './service.ts';
import * as storage from './storage.ts';
import * as storageClasses from './storage-classes.ts';
import * as webhooks from './webhooks.ts';
import { workloadStatusUpdate } from './workload-status.ts';
import * as workloads from './workloads.ts';

interface Rules<T extends KubeObject = KubeObject> {
  create: (object: T) => Errors;
  /** Default: metadata of an update, then the rules of `create`. */
  update?: (object: T, old: T) => Errors;
  /** By subresource; default: metadata of an update alone. */
  subresource?: Record<string, (object: T, old: T) => Errors>;
}

const row = <T extends KubeObject>(kind: Kind<T>, rules: Rules<T>): [string, Rules] => [groupKind(kind), rules as unknown as Rules];
const counted = (...parts: string[]) => ({ status: workloadStatusUpdate(...parts) });

const table = new Map<string, Rules>([
  row(kinds.Pod, {
    create: podCreate,
    update: podUpdate,
    subresource: { status: podStatusUpdate, ephemeralcontainers: ephemeralContainersUpdate, resize: resizeUpdate },
  }),
  row(kinds.PodTemplate, { create: workloads.podTemplateObject }),
  row(kinds.ReplicationController, {
    create: workloads.replicationController,
    subresource: counted('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
  }),
  row(kinds.Deployment, {
    create: workloads.deployment,
    update: workloads.deploymentUpdate,
    subresource: counted('updatedReplicas', 'readyReplicas', 'availableReplicas'),
  }),
  row(kinds.ReplicaSet, {
    create: workloads.replicaSet,
    update: workloads.replicaSetUpdate,
    subresource: counted('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
  }),
  row(kinds.DaemonSet, { create: workloads.daemonSet, update: workloads.daemonSetUpdate, subresource: counted() }),
  row(kinds.StatefulSet, {
    create: workloads.statefulSet,
    update: workloads.statefulSetUpdate,
    subresource: counted('updatedReplicas', 'currentReplicas', 'readyReplicas', 'availableReplicas'),
  }),
  row(kinds.ControllerRevision, { create: cluster.controllerRevision, update: cluster.controllerRevisionUpdate }),
  row(kinds.Job, { create: batch.job, update: batch.jobUpdate, subresource: { status: jobStatusUpdate } }),
  row(kinds.CronJob, { create: batch.cronJob, update: batch.cronJobUpdate }),
  row(kinds.Service, {
    create: services.service,
    update: services.serviceUpdate,
    subresource: { status: services.serviceStatusUpdate },
  }),
  row(kinds.Endpoints, { create: discovery.endpoints }),
  row(kinds.EndpointSlice, { create: discovery.endpointSlice, update: discovery.endpointSliceUpdate }),
  row(kinds.Ingress, {
    create: networking.ingress,
    subresource: { status: networking.ingressStatusUpdate },
  }),
  row(kinds.IngressClass, { create: networking.ingressClass, update: networking.ingressClassUpdate }),
  row(kinds.NetworkPolicy, { create: networking.networkPolicy, update: networking.networkPolicyUpdate }),
  row(kinds.IPAddress, { create: addresses.ipAddress, update: addresses.ipAddressUpdate }),
  row(kinds.ServiceCIDR, { create: addresses.serviceCIDR, update: addresses.serviceCIDRUpdate }),
  row(kinds.ConfigMap, { create: config.configMap, update: config.configMapUpdate }),
  row(kinds.Secret, { create: config.secret, update: config.secretUpdate }),
  row(kinds.ServiceAccount, { create: config.serviceAccount }),
  row(kinds.Namespace, {
    create: cluster.namespace,
    update: cluster.namespaceUpdate,
    subresource: { status: cluster.namespaceStatusUpdate, finalize: cluster.namespaceFinalizeUpdate },
  }),
  row(kinds.Node, { create: cluster.node, update: cluster.nodeUpdate, subresource: { status: cluster.nodeUpdate } }),
  row(kinds.ResourceQuota, {
    create: quota.resourceQuota,
    update: quota.resourceQuotaUpdate,
    subresource: { status: quota.resourceQuotaStatusUpdate },
  }),
  row(kinds.LimitRange, { create: limitRange }),
  row(kinds.Event, { create: events.coreEvent, update: events.coreEventUpdate }),
  row(kinds.EventsEvent, { create: events.event, update: events.eventUpdate }),
  row(kinds.Lease, { create: cluster.lease }),
  row(kinds.PriorityClass, { create: cluster.priorityClass, update: cluster.priorityClassUpdate }),
  row(kinds.RuntimeClass, { create: cluster.runtimeClass, update: cluster.runtimeClassUpdate }),
  row(kinds.PersistentVolume, { create: storage.persistentVolume, update: storage.persistentVolumeUpdate }),
  row(kinds.PersistentVolumeClaim, {
    create: storage.claim,
    update: storage.claimUpdate,
    subresource: { status: storage.claimStatusUpdate },
  }),
  row(kinds.StorageClass, { create: storageClasses.storageClass, update: storageClasses.storageClassUpdate }),
  row(kinds.VolumeAttributesClass, {
    create: storageClasses.volumeAttributesClass,
    update: storageClasses.volumeAttributesClassUpdate,
  }),
  row(kinds.CSIStorageCapacity, { create: storageClasses.storageCapacity, update: storageClasses.storageCapacityUpdate }),
  row(kinds.CSIDriver, { create: storage.csiDriver, update: storage.csiDriverUpdate }),
  row(kinds.CSINode, { create: storage.csiNode }),
  row(kinds.VolumeAttachment, { create: storage.volumeAttachment, update: storage.volumeAttachmentUpdate }),
  row(kinds.Role, { create: rbac.role }),
  row(kinds.ClusterRole, { create: rbac.clusterRole }),
  row(kinds.RoleBinding, { create: rbac.roleBinding, update: rbac.roleBindingUpdate }),
  row(kinds.ClusterRoleBinding, { create: rbac.clusterRoleBinding, update: rbac.clusterRoleBindingUpdate }),
  row(kinds.HorizontalPodAutoscaler, { create: autoscaling.autoscaler }),
  row(kinds.PodDisruptionBudget, {
    create: disruption.disruptionBudget,
    subresource: { status: disruption.disruptionBudgetStatusUpdate },
  }),
  row(kinds.CertificateSigningRequest, {
    create: certificates.certificateSigningRequest,
    update: certificates.certificateSigningRequestUpdate(''),
    subresource: {
      status: certificates.certificateSigningRequestUpdate('status'),
      approval: certificates.certificateSigningRequestUpdate('approval'),
    },
  }),
  row(kinds.FlowSchema, { create: flowcontrol.flowSchema, subresource: { status: flowcontrol.flowStatusUpdate } }),
  row(kinds.PriorityLevelConfiguration, { create: flowcontrol.priorityLevel, subresource: { status: flowcontrol.flowStatusUpdate } }),
  row(kinds.DeviceClass, { create: claims.deviceClass }),
  row(kinds.ResourceClaim, {
    create: claims.resourceClaim,
    update: claims.resourceClaimUpdate,
    subresource: { status: claims.resourceClaimStatusUpdate },
  }),
  row(kinds.ResourceClaimTemplate, { create: claims.resourceClaimTemplate, update: claims.resourceClaimTemplateUpdate }),
  row(kinds.ResourceSlice, { create: slices.resourceSlice, update: slices.resourceSliceUpdate }),
  row(kinds.CustomResourceDefinition, {
    create: crd.customResourceDefinition,
    update: crd.customResourceDefinitionUpdate,
    subresource: { status: crd.customResourceDefinitionStatusUpdate },
  }),
  row(kinds.APIService, {
    create: apiServices.apiService,
    update: apiServices.apiServiceUpdate,
    subresource: { status: apiServices.apiServiceStatusUpdate },
  }),
  row(kinds.MutatingWebhookConfiguration, { create: webhooks.mutatingWebhooks }),
  row(kinds.ValidatingWebhookConfiguration, { create: webhooks.validatingWebhooks }),
  row(kinds.ValidatingAdmissionPolicy, { create: policies.validatingPolicy }),
  row(kinds.ValidatingAdmissionPolicyBinding, { create: policies.validatingBinding }),
  row(kinds.MutatingAdmissionPolicy, { create: policies.mutatingPolicy }),
  row(kinds.MutatingAdmissionPolicyBinding, { create: policies.mutatingBinding }),
]);

/** Every problem of a new object; none when it may be created. Name and namespace must be set, the strategy have run. */
export function validateCreate(kind: Kind, object: KubeObject): FieldError[] {
  if (kind.custom !== undefined) return kind.custom.validate(object, undefined, gather(objectMeta(kind, object.metadata)));
  const rules = table.get(groupKind(kind));
  return gather(rules === undefined ? objectMeta(kind, object.metadata) : rules.create(object));
}

/**
 * Every problem of replacing `old` by `object` through the main resource or through a subresource (pods: `resize`,
 * `ephemeralcontainers`; namespaces: `finalize`; signing requests: `approval`; `scale` counts as the main resource).
 */
export function validateUpdate(kind: Kind, object: KubeObject, old: KubeObject, subresource = ''): FieldError[] {
  const common = commonMeta(kind, object.metadata, old.metadata);
  if (kind.custom === undefined) return gather(common, ownUpdate(kind, object, old, subresource));
  const { validate, validateStatus } = kind.custom;
  const meta = gather(objectMetaUpdate(object.metadata, old.metadata));
  return gather(common, (subresource === 'status' ? validateStatus : validate)(object, old, meta));
}

/** The same by the rules of the kind alone. */
function ownUpdate(kind: Kind, object: KubeObject, old: KubeObject, subresource: string): Errors {
  const rules = table.get(groupKind(kind));
  if (subresource === 'status') return rules?.subresource?.['status']?.(object, old) ?? objectMetaUpdate(object.metadata, old.metadata);
  const update = rules?.subresource?.[subresource] ?? rules?.update;
  if (update !== undefined) return update(object, old);
  const meta = metaOnUpdate(kind, object.metadata, old.metadata);
  return rules === undefined ? meta : gather(meta, besidesMeta(rules.create(object)));
}

function* besidesMeta(errors: Errors): Errors {
  for (const error of errors) if (!error.field.startsWith('metadata')) yield error;
}
