/**
 * Every built-in kind, one row each. Adding a kind is adding a row here (and, where it has rules of its own, an entry in
 * `defaults/`, `validation/` and `columns/`). Short names, categories and selectable fields are upstream's (v1.36).
 */
import { createOnly, group, type Kind } from './kind.ts';
import type * as admissionregistration from './types/admissionregistration-v1.ts';
import type * as apiextensions from './types/apiextensions-v1.ts';
import type * as apiregistration from './types/apiregistration-v1.ts';
import type * as apps from './types/apps-v1.ts';
import type * as authentication from './types/authentication-v1.ts';
import type * as authorization from './types/authorization-v1.ts';
import type * as autoscalingV1 from './types/autoscaling-v1.ts';
import type * as autoscaling from './types/autoscaling-v2.ts';
import type * as batch from './types/batch-v1.ts';
import type * as certificates from './types/certificates-v1.ts';
import type * as coordination from './types/coordination-v1.ts';
import type * as core from './types/core-v1.ts';
import type * as discovery from './types/discovery-v1.ts';
import type * as eventsV1 from './types/events-v1.ts';
import type * as flowcontrol from './types/flowcontrol-v1.ts';
import type * as networking from './types/networking-v1.ts';
import type * as node from './types/node-v1.ts';
import type * as policy from './types/policy-v1.ts';
import type * as rbac from './types/rbac-v1.ts';
import type * as resource from './types/resource-v1.ts';
import type * as scheduling from './types/scheduling-v1.ts';
import type * as storage from './types/storage-v1.ts';

const v1 = group('', 'v1');
const appsV1 = group('apps', 'v1');
const batchV1 = group('batch', 'v1');
const rbacV1 = group('rbac.authorization.k8s.io', 'v1');
const storageV1 = group('storage.k8s.io', 'v1');
const networkingV1 = group('networking.k8s.io', 'v1');
const admissionV1 = group('admissionregistration.k8s.io', 'v1');
const resourceV1 = group('resource.k8s.io', 'v1');
const authorizationV1 = group('authorization.k8s.io', 'v1');
const authenticationV1 = group('authentication.k8s.io', 'v1');
const flowcontrolV1 = group('flowcontrol.apiserver.k8s.io', 'v1');

const all = ['all'];
const status = ['status'];
const eventFields = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];
const podFields = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.podIPs',
  'status.nominatedNodeName',
];

export const kinds = {
  // core
  Binding: v1.namespaced<core.Binding>('Binding', { verbs: createOnly }),
  ComponentStatus: v1.cluster<core.ComponentStatus>('ComponentStatus', {
    plural: 'componentstatuses',
    shortNames: ['cs'],
    verbs: ['get', 'list'],
  }),
  ConfigMap: v1.namespaced<core.ConfigMap>('ConfigMap', { shortNames: ['cm'] }),
  Endpoints: v1.namespaced<core.Endpoints>('Endpoints', { plural: 'endpoints', shortNames: ['ep'] }),
  Event: v1.namespaced<core.Event>('Event', { shortNames: ['ev'], selectableFields: eventFields }),
  LimitRange: v1.namespaced<core.LimitRange>('LimitRange', { shortNames: ['limits'] }),
  Namespace: v1.cluster<core.Namespace>('Namespace', {
    shortNames: ['ns'],
    subresources: ['status', 'finalize'],
    selectableFields: ['status.phase'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  }),
  Node: v1.cluster<core.Node>('Node', { shortNames: ['no'], subresources: ['status', 'proxy'], selectableFields: ['spec.unschedulable'] }),
  PersistentVolume: v1.cluster<core.PersistentVolume>('PersistentVolume', { shortNames: ['pv'], subresources: status }),
  PersistentVolumeClaim: v1.namespaced<core.PersistentVolumeClaim>('PersistentVolumeClaim', { shortNames: ['pvc'], subresources: status }),
  Pod: v1.namespaced<core.Pod>('Pod', {
    shortNames: ['po'],
    categories: all,
    subresources: ['status', 'log', 'exec', 'attach', 'portforward', 'proxy', 'binding', 'eviction', 'ephemeralcontainers', 'resize'],
    selectableFields: podFields,
  }),
  PodTemplate: v1.namespaced<core.PodTemplate>('PodTemplate'),
  ReplicationController: v1.namespaced<core.ReplicationController>('ReplicationController', {
    shortNames: ['rc'],
    categories: all,
    subresources: ['status', 'scale'],
    selectableFields: ['status.replicas'],
  }),
  ResourceQuota: v1.namespaced<core.ResourceQuota>('ResourceQuota', { shortNames: ['quota'], subresources: status }),
  Secret: v1.namespaced<core.Secret>('Secret', { selectableFields: ['type'] }),
  Service: v1.namespaced<core.Service>('Service', {
    shortNames: ['svc'],
    categories: all,
    subresources: ['status', 'proxy'],
    selectableFields: ['spec.clusterIP', 'spec.type'],
  }),
  ServiceAccount: v1.namespaced<core.ServiceAccount>('ServiceAccount', { shortNames: ['sa'], subresources: ['token'] }),

  // apps
  ControllerRevision: appsV1.namespaced<apps.ControllerRevision>('ControllerRevision'),
  DaemonSet: appsV1.namespaced<apps.DaemonSet>('DaemonSet', { shortNames: ['ds'], categories: all, subresources: status }),
  Deployment: appsV1.namespaced<apps.Deployment>('Deployment', {
    shortNames: ['deploy'],
    categories: all,
    subresources: ['status', 'scale'],
  }),
  ReplicaSet: appsV1.namespaced<apps.ReplicaSet>('ReplicaSet', {
    shortNames: ['rs'],
    categories: all,
    subresources: ['status', 'scale'],
    selectableFields: ['status.replicas'],
  }),
  StatefulSet: appsV1.namespaced<apps.StatefulSet>('StatefulSet', {
    shortNames: ['sts'],
    categories: all,
    subresources: ['status', 'scale'],
  }),

  // batch
  CronJob: batchV1.namespaced<batch.CronJob>('CronJob', { shortNames: ['cj'], categories: all, subresources: status }),
  Job: batchV1.namespaced<batch.Job>('Job', { categories: all, subresources: status, selectableFields: ['status.successful'] }),

  // discovery, coordination, events
  EndpointSlice: group('discovery.k8s.io', 'v1').namespaced<discovery.EndpointSlice>('EndpointSlice'),
  Lease: group('coordination.k8s.io', 'v1').namespaced<coordination.Lease>('Lease'),
  EventsEvent: group('events.k8s.io', 'v1').namespaced<eventsV1.Event>('Event', {
    shortNames: ['ev'],
    selectableFields: [
      'regarding.kind',
      'regarding.namespace',
      'regarding.name',
      'regarding.uid',
      'regarding.apiVersion',
      'regarding.resourceVersion',
      'regarding.fieldPath',
      'reason',
      'reportingController',
      'type',
    ],
  }),

  // rbac
  ClusterRole: rbacV1.cluster<rbac.ClusterRole>('ClusterRole'),
  ClusterRoleBinding: rbacV1.cluster<rbac.ClusterRoleBinding>('ClusterRoleBinding'),
  Role: rbacV1.namespaced<rbac.Role>('Role'),
  RoleBinding: rbacV1.namespaced<rbac.RoleBinding>('RoleBinding'),

  // authentication, authorization: reviews are answered, never stored
  TokenReview: authenticationV1.cluster<authentication.TokenReview & Meta>('TokenReview', { verbs: createOnly }),
  SelfSubjectReview: authenticationV1.cluster<authentication.SelfSubjectReview & Meta>('SelfSubjectReview', { verbs: createOnly }),
  LocalSubjectAccessReview: authorizationV1.namespaced<authorization.LocalSubjectAccessReview & Meta>('LocalSubjectAccessReview', {
    verbs: createOnly,
  }),
  SelfSubjectAccessReview: authorizationV1.cluster<authorization.SelfSubjectAccessReview & Meta>('SelfSubjectAccessReview', {
    verbs: createOnly,
  }),
  SelfSubjectRulesReview: authorizationV1.cluster<authorization.SelfSubjectRulesReview & Meta>('SelfSubjectRulesReview', {
    verbs: createOnly,
  }),
  SubjectAccessReview: authorizationV1.cluster<authorization.SubjectAccessReview & Meta>('SubjectAccessReview', { verbs: createOnly }),

  // storage
  CSIDriver: storageV1.cluster<storage.CSIDriver>('CSIDriver'),
  CSINode: storageV1.cluster<storage.CSINode>('CSINode'),
  CSIStorageCapacity: storageV1.namespaced<storage.CSIStorageCapacity>('CSIStorageCapacity', { plural: 'csistoragecapacities' }),
  StorageClass: storageV1.cluster<storage.StorageClass>('StorageClass', { shortNames: ['sc'] }),
  VolumeAttachment: storageV1.cluster<storage.VolumeAttachment>('VolumeAttachment', { subresources: status }),
  VolumeAttributesClass: storageV1.cluster<storage.VolumeAttributesClass>('VolumeAttributesClass', { shortNames: ['vac'] }),

  // networking, policy, scheduling, node, autoscaling, certificates
  Ingress: networkingV1.namespaced<networking.Ingress>('Ingress', { shortNames: ['ing'], subresources: status }),
  IngressClass: networkingV1.cluster<networking.IngressClass>('IngressClass'),
  IPAddress: networkingV1.cluster<networking.IPAddress>('IPAddress', { shortNames: ['ip'], selectableFields: ['spec.parentRef.name'] }),
  NetworkPolicy: networkingV1.namespaced<networking.NetworkPolicy>('NetworkPolicy', { shortNames: ['netpol'] }),
  ServiceCIDR: networkingV1.cluster<networking.ServiceCIDR>('ServiceCIDR', { subresources: status }),
  PodDisruptionBudget: group('policy', 'v1').namespaced<policy.PodDisruptionBudget>('PodDisruptionBudget', {
    shortNames: ['pdb'],
    subresources: status,
  }),
  PriorityClass: group('scheduling.k8s.io', 'v1').cluster<scheduling.PriorityClass>('PriorityClass', { shortNames: ['pc'] }),
  RuntimeClass: group('node.k8s.io', 'v1').cluster<node.RuntimeClass>('RuntimeClass'),
  HorizontalPodAutoscaler: group('autoscaling', 'v2').namespaced<autoscaling.HorizontalPodAutoscaler>('HorizontalPodAutoscaler', {
    shortNames: ['hpa'],
    categories: all,
    subresources: status,
  }),
  /** The same objects as their v2 ones show. */
  HorizontalPodAutoscalerV1: group('autoscaling', 'v1').namespaced<autoscalingV1.HorizontalPodAutoscaler>('HorizontalPodAutoscaler', {
    shortNames: ['hpa'],
    categories: all,
    subresources: status,
  }),
  CertificateSigningRequest: group('certificates.k8s.io', 'v1').cluster<certificates.CertificateSigningRequest>(
    'CertificateSigningRequest',
    { shortNames: ['csr'], subresources: ['status', 'approval'], selectableFields: ['spec.signerName'] },
  ),

  // dynamic resource allocation
  DeviceClass: resourceV1.cluster<resource.DeviceClass>('DeviceClass'),
  ResourceClaim: resourceV1.namespaced<resource.ResourceClaim>('ResourceClaim', { subresources: status }),
  ResourceClaimTemplate: resourceV1.namespaced<resource.ResourceClaimTemplate>('ResourceClaimTemplate'),
  ResourceSlice: resourceV1.cluster<resource.ResourceSlice>('ResourceSlice', { selectableFields: ['spec.nodeName', 'spec.driver'] }),

  // api machinery
  APIService: group('apiregistration.k8s.io', 'v1').cluster<apiregistration.APIService>('APIService', {
    categories: ['api-extensions'],
    subresources: status,
  }),
  CustomResourceDefinition: group('apiextensions.k8s.io', 'v1').cluster<apiextensions.CustomResourceDefinition>(
    'CustomResourceDefinition',
    { shortNames: ['crd', 'crds'], categories: ['api-extensions'], subresources: status },
  ),
  MutatingWebhookConfiguration: admissionV1.cluster<admissionregistration.MutatingWebhookConfiguration>('MutatingWebhookConfiguration', {
    categories: ['api-extensions'],
  }),
  MutatingAdmissionPolicy: admissionV1.cluster<admissionregistration.MutatingAdmissionPolicy>('MutatingAdmissionPolicy', {
    categories: ['api-extensions'],
  }),
  MutatingAdmissionPolicyBinding: admissionV1.cluster<admissionregistration.MutatingAdmissionPolicyBinding>(
    'MutatingAdmissionPolicyBinding',
    { categories: ['api-extensions'] },
  ),
  ValidatingWebhookConfiguration: admissionV1.cluster<admissionregistration.ValidatingWebhookConfiguration>(
    'ValidatingWebhookConfiguration',
    { categories: ['api-extensions'] },
  ),
  ValidatingAdmissionPolicy: admissionV1.cluster<admissionregistration.ValidatingAdmissionPolicy>('ValidatingAdmissionPolicy', {
    categories: ['api-extensions'],
    subresources: status,
  }),
  ValidatingAdmissionPolicyBinding: admissionV1.cluster<admissionregistration.ValidatingAdmissionPolicyBinding>(
    'ValidatingAdmissionPolicyBinding',
    { categories: ['api-extensions'] },
  ),
  FlowSchema: flowcontrolV1.cluster<flowcontrol.FlowSchema>('FlowSchema', { subresources: status }),
  PriorityLevelConfiguration: flowcontrolV1.cluster<flowcontrol.PriorityLevelConfiguration>('PriorityLevelConfiguration', {
    subresources: status,
  }),
} as const;

/** Reviews declare `metadata` optional upstream; every object here has one. */
type Meta = { metadata: import('./types/meta-v1.ts').ObjectMeta };

export const allKinds: readonly Kind[] = Object.values(kinds) as readonly Kind[];
