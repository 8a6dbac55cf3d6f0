/**
 * Defaulting: what upstream's SetDefaults_* functions fill in when an object is decoded, one table row a kind. Also merges
 * write-only fields (a Secret's stringData) and writes status fields that upstream never omits, so that clients in
 * languages without zero values see numbers.
 */
import type { Kind } from '../kind.ts';
import { groupKind, row } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { kinds } from '../scheme.ts';
import { defaultAutoscaler } from './autoscaling.ts';
import { defaultLimitRange, defaultNamespace, defaultNode, defaultRole, defaultRoleBinding, defaultSecret } from './cluster.ts';
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

/** Structs that upstream always writes, and the numbers in them that have no omitempty. */
const alwaysWritten = new Map<string, { spec?: object; status?: object }>(
  (
    [
      [kinds.Deployment, { spec: {}, status: {} }],
      [kinds.ReplicaSet, { spec: {}, status: { replicas: 0 } }],
      [kinds.ReplicationController, { spec: {}, status: { replicas: 0 } }],
      [kinds.StatefulSet, { spec: {}, status: { replicas: 0, availableReplicas: 0 } }],
      [
        kinds.DaemonSet,
        { spec: {}, status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 } },
      ],
      [kinds.Job, { spec: {}, status: {} }],
      [kinds.CronJob, { spec: {}, status: {} }],
      [kinds.PodDisruptionBudget, { spec: {}, status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } }],
      [kinds.HorizontalPodAutoscaler, { spec: {}, status: { desiredReplicas: 0 } }],
      [kinds.Ingress, { spec: {}, status: { loadBalancer: {} } }],
      [kinds.ResourceQuota, { spec: {}, status: {} }],
      [kinds.LimitRange, { spec: { limits: [] } }],
      [kinds.Lease, { spec: {} }],
      [kinds.CertificateSigningRequest, { spec: {}, status: {} }],
      [kinds.CustomResourceDefinition, { spec: {} }],
      [kinds.APIService, { spec: {}, status: {} }],
      [kinds.FlowSchema, { spec: {}, status: {} }],
      [kinds.PriorityLevelConfiguration, { spec: {}, status: {} }],
      [kinds.IngressClass, { spec: {} }],
      [kinds.CSINode, { spec: { drivers: [] } }],
      [kinds.DeviceClass, { spec: {} }],
      [kinds.ResourceClaim, { spec: { devices: {} }, status: {} }],
      [kinds.ResourceClaimTemplate, { spec: {} }],
      [kinds.VolumeAttachment, { spec: {}, status: { attached: false } }],
    ] as [Kind, { spec?: object; status?: object }][]
  ).map(([kind, parts]) => [groupKind(kind), parts]),
);

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
  row(kinds.Role, defaultRole),
  row(kinds.ClusterRole, defaultRole),
  row(kinds.RoleBinding, defaultRoleBinding),
  row(kinds.ClusterRoleBinding, defaultRoleBinding),
  row(kinds.HorizontalPodAutoscaler, defaultAutoscaler),
  // What upstream's struct has no way to leave out.
  row(kinds.Event, (object) => {
    object.source ??= {};
    object.reportingComponent ??= '';
    object.reportingInstance ??= '';
  }),
  row(kinds.EventsEvent, (object) => {
    object.regarding ??= {};
    object.deprecatedSource ??= {};
  }),
  row(kinds.PriorityClass, (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
    object.value ??= 0;
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
  const key = groupKind(kind);
  const parts = alwaysWritten.get(key);
  if (parts !== undefined) {
    const whole = object as KubeObject & { spec?: object; status?: object };
    if (parts.spec !== undefined) whole.spec = { ...structuredClone(parts.spec), ...whole.spec };
    if (parts.status !== undefined) whole.status = { ...structuredClone(parts.status), ...whole.status };
  }
  defaulters.get(key)?.(object);
}
