import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { kinds } from '../scheme.ts';
import { certificateSigningRequest } from './certificates.ts';
import { daemonSet } from './daemonset.ts';
import { apiService, customResourceDefinition } from './extension.ts';
import { job } from './job.ts';
import { namespace, serviceAccount } from './namespace.ts';
import { annotations, field, type Strategy, spec } from './parts.ts';
import { pod } from './pod.ts';
import { service } from './service.ts';
import { persistentVolume, persistentVolumeClaim } from './storage.ts';

const none: Strategy = {};
const noStatus = (): undefined => undefined;
const empty = (): object => ({});
/** What a Deployment is labelled with is no part of how it fares. */
const keepLabels = (object: KubeObject, old: KubeObject): void => {
  const { labels: _, ...metadata } = object.metadata;
  object.metadata = { ...metadata, ...(old.metadata.labels === undefined ? {} : { labels: old.metadata.labels }) };
};

const withSpecGeneration = (status: () => object | undefined): Strategy => ({ status, generation: [spec] });

const rows: [Kind, Strategy][] = [
  [kinds.Pod, { generation: [spec], status: empty, ...pod }],
  [kinds.Service, { status: () => ({ loadBalancer: {} }), ...service }],
  [kinds.Namespace, { status: () => ({ phase: 'Active' }), ...namespace }],
  [kinds.Node, { status: 'keep' }],
  [kinds.ServiceAccount, serviceAccount],
  [kinds.PersistentVolume, { status: () => ({ phase: 'Pending' }), ...persistentVolume }],
  [kinds.PersistentVolumeClaim, { status: () => ({ phase: 'Pending' }), ...persistentVolumeClaim }],
  [kinds.ReplicationController, withSpecGeneration(() => ({ replicas: 0 }))],
  [kinds.ResourceQuota, { status: empty }],
  [kinds.PodTemplate, { generation: [field('template')] }],
  ...[kinds.ConfigMap, kinds.Secret, kinds.Endpoints, kinds.Event, kinds.EventsEvent, kinds.LimitRange, kinds.Binding].map(bare),

  [kinds.Deployment, { status: empty, generation: [spec, annotations], subresource: { status: keepLabels } }],
  [kinds.ReplicaSet, withSpecGeneration(() => ({ replicas: 0 }))],
  [kinds.StatefulSet, withSpecGeneration(() => ({ replicas: 0, availableReplicas: 0 }))],
  [
    kinds.DaemonSet,
    {
      ...withSpecGeneration(() => ({ currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 })),
      ...daemonSet,
    },
  ],
  [kinds.ControllerRevision, none],
  [kinds.Job, { ...withSpecGeneration(empty), ...job }],
  [kinds.CronJob, withSpecGeneration(empty)],

  [kinds.EndpointSlice, { generation: [field('endpoints'), field('ports'), (object) => object.metadata.labels] }],
  [kinds.Lease, none],
  [kinds.Ingress, withSpecGeneration(() => ({ loadBalancer: {} }))],
  [kinds.IngressClass, { generation: [spec] }],
  [kinds.NetworkPolicy, { generation: [spec] }],
  [kinds.ServiceCIDR, { ...withSpecGeneration(noStatus), statusMeta: 'old' }],
  [kinds.IPAddress, none],
  [kinds.PodDisruptionBudget, withSpecGeneration(() => ({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }))],
  [kinds.HorizontalPodAutoscaler, { status: () => ({ desiredReplicas: 0 }) }],
  [kinds.CertificateSigningRequest, certificateSigningRequest],
  ...[kinds.Role, kinds.RoleBinding, kinds.ClusterRole, kinds.ClusterRoleBinding].map(bare),
  ...[kinds.StorageClass, kinds.CSINode, kinds.CSIStorageCapacity, kinds.VolumeAttributesClass, kinds.RuntimeClass].map(bare),
  [kinds.CSIDriver, { generation: [spec] }],
  [kinds.VolumeAttachment, { status: () => ({ attached: false }) }],
  [kinds.PriorityClass, { generation: [] }],

  [kinds.DeviceClass, { generation: [spec] }],
  [kinds.ResourceClaim, { status: empty, statusMeta: 'old' }],
  [kinds.ResourceClaimTemplate, none],
  [kinds.ResourceSlice, { generation: [spec] }],

  [kinds.APIService, apiService],
  [kinds.CustomResourceDefinition, customResourceDefinition],
  [kinds.MutatingWebhookConfiguration, { generation: [field('webhooks')] }],
  [kinds.ValidatingWebhookConfiguration, { generation: [field('webhooks')] }],
  [kinds.ValidatingAdmissionPolicy, { ...withSpecGeneration(empty), statusMeta: 'old' }],
  [kinds.ValidatingAdmissionPolicyBinding, { generation: [spec] }],
  [kinds.MutatingAdmissionPolicy, { generation: [spec] }],
  [kinds.MutatingAdmissionPolicyBinding, { generation: [spec] }],
  [kinds.FlowSchema, { ...withSpecGeneration(empty), statusMeta: 'old' }],
  [kinds.PriorityLevelConfiguration, { ...withSpecGeneration(empty), statusMeta: 'old' }],
  ...[
    kinds.TokenReview,
    kinds.SelfSubjectReview,
    kinds.LocalSubjectAccessReview,
    kinds.SelfSubjectAccessReview,
    kinds.SelfSubjectRulesReview,
    kinds.SubjectAccessReview,
  ].map(bare),
];

function bare(kind: Kind): [Kind, Strategy] {
  return [kind, none];
}

/** The strategy of every built-in kind, by group and kind. */
export const strategies: ReadonlyMap<string, Strategy> = new Map(rows.map(([kind, strategy]) => [groupKind(kind), strategy]));
