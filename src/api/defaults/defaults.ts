/**
 * Defaulting: what upstream's SetDefaults_* functions fill in when an object is decoded, one table row a kind. Also merges
 * write-only fields (a Secret's stringData), and before that what upstream never leaves out is filled in, so that clients in
 * languages without zero values see numbers.
 */
import type { Kind } from '../kind.ts';
import { groupKind, row } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { kinds } from '../scheme.ts';
import { fillAlwaysWritten } from './always-written.ts';
import { defaultAutoscaler } from './autoscaling.ts';
import { defaultLimitRange, defaultNamespace, defaultNode, defaultRoleBinding, defaultSecret } from './cluster.ts';
import {
  defaultAdmissionPolicy,
  defaultAdmissionPolicyBinding,
  defaultAPIService,
  defaultCustomResourceDefinition,
  defaultFlowSchema,
  defaultMutatingPolicy,
  defaultMutatingWebhooks,
  defaultPriorityLevel,
  defaultValidatingWebhooks,
} from './extension.ts';
import { defaultPod } from './pod.ts';
import { defaultResourceClaim, defaultResourceClaimTemplate, defaultResourceSlice } from './resource.ts';
import { defaultEndpointSlice, defaultEndpoints, defaultIngressClass, defaultNetworkPolicy, defaultService } from './service.ts';
import { defaultClaim, defaultCSIDriver, defaultStorageClass, defaultVolumeObject } from './storage.ts';
import {
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultPodTemplateObject,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
} from './workloads.ts';

const defaulters = new Map<string, (object: KubeObject) => void>([
  row(kinds.Pod, defaultPod),
  row(kinds.PodTemplate, defaultPodTemplateObject),
  row(kinds.ReplicationController, defaultReplicationController),
  row(kinds.Deployment, defaultDeployment as (object: object) => void),
  row(kinds.ReplicaSet, defaultReplicaSet as (object: object) => void),
  row(kinds.DaemonSet, defaultDaemonSet as (object: object) => void),
  row(kinds.StatefulSet, defaultStatefulSet as (object: object) => void),
  row(kinds.Job, defaultJob as (object: object) => void),
  row(kinds.CronJob, defaultCronJob),
  row(kinds.Service, defaultService),
  row(kinds.Endpoints, defaultEndpoints),
  row(kinds.EndpointSlice, defaultEndpointSlice),
  row(kinds.NetworkPolicy, defaultNetworkPolicy),
  row(kinds.IngressClass, defaultIngressClass),
  row(kinds.Namespace, defaultNamespace),
  row(kinds.Node, defaultNode),
  row(kinds.Secret, defaultSecret),
  row(kinds.LimitRange, defaultLimitRange),
  row(kinds.PersistentVolume, defaultVolumeObject),
  row(kinds.PersistentVolumeClaim, defaultClaim),
  row(kinds.StorageClass, defaultStorageClass),
  row(kinds.CSIDriver, defaultCSIDriver),
  row(kinds.RoleBinding, defaultRoleBinding),
  row(kinds.ClusterRoleBinding, defaultRoleBinding),
  row(kinds.HorizontalPodAutoscaler, defaultAutoscaler),
  row(kinds.PriorityClass, (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  }),
  row(kinds.MutatingWebhookConfiguration, defaultMutatingWebhooks),
  row(kinds.ValidatingWebhookConfiguration, defaultValidatingWebhooks),
  row(kinds.ValidatingAdmissionPolicy, defaultAdmissionPolicy),
  row(kinds.ValidatingAdmissionPolicyBinding, defaultAdmissionPolicyBinding),
  row(kinds.MutatingAdmissionPolicy, defaultMutatingPolicy),
  row(kinds.MutatingAdmissionPolicyBinding, defaultAdmissionPolicyBinding),
  row(kinds.ResourceClaim, defaultResourceClaim),
  row(kinds.ResourceClaimTemplate, defaultResourceClaimTemplate),
  row(kinds.ResourceSlice, defaultResourceSlice),
  row(kinds.CustomResourceDefinition, defaultCustomResourceDefinition),
  row(kinds.APIService, defaultAPIService),
  row(kinds.FlowSchema, defaultFlowSchema),
  row(kinds.PriorityLevelConfiguration, defaultPriorityLevel),
]);

/** Fills the defaults of `object` in place; of custom resources by their schema. Kinds without a row are left as they are. */
export function applyDefaults(kind: Kind, object: KubeObject): void {
  if (kind.custom !== undefined) {
    kind.custom.applyDefaults(object);
    return;
  }
  fillAlwaysWritten(kind, object);
  defaulters.get(groupKind(kind))?.(object);
}
