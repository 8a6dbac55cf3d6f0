import type { PolicyRule } from '../../../api/types/rbac-v1.ts';
import { rbacGroup, read, readUpdate, recordEvents, rule } from './rule.ts';

const finalizers = (groups: string, resource: string): PolicyRule => rule('update', groups, `${resource}/finalizers`);
const updateStatus = (groups: string, resource: string): PolicyRule => rule('update', groups, `${resource}/status`);
const patchStatus = (groups: string, resource: string): PolicyRule => rule('update patch', groups, `${resource}/status`);
const managePods = rule('list watch create delete patch', 'core', 'pods');
const manage = (group: string, resource: string): PolicyRule => rule('create delete get list patch update watch', group, resource);
const claims = (verbs: string): PolicyRule => rule(verbs, 'core', 'persistentvolumeclaims');
const volumes = (verbs: string): PolicyRule => rule(verbs, 'core', 'persistentvolumes');
const kubernetesSigner = (name: string): string => `kubernetes.io/${name}`;

/**
 * The controllers' own rules, by service account in kube-system (upstream: `bootstrappolicy/controller_policy.go`). Each becomes ClusterRole
 * and ClusterRoleBinding `system:controller:<name>`, for controllers that are run out of process. `apps extensions` is written as upstream
 * grants it, though nothing serves `extensions` any more.
 */
export const controllerRules: Record<string, PolicyRule[]> = {
  'attachdetach-controller': [
    rule('list watch', 'core', 'persistentvolumes persistentvolumeclaims'),
    rule(read, 'core', 'nodes'),
    patchStatus('core', 'nodes'),
    rule('list watch', 'core', 'pods'),
    ...recordEvents,
    rule('get create delete list watch', 'storage.k8s.io', 'volumeattachments'),
    rule(read, 'storage.k8s.io', 'csidrivers'),
    rule(read, 'storage.k8s.io', 'csinodes'),
  ],
  'certificate-controller': [
    rule('get list watch delete', 'certificates.k8s.io', 'certificatesigningrequests'),
    rule('update', 'certificates.k8s.io', 'certificatesigningrequests/status certificatesigningrequests/approval'),
    rule('approve', 'certificates.k8s.io', 'signers', kubernetesSigner('kube-apiserver-client-kubelet')),
    rule(
      'sign',
      'certificates.k8s.io',
      'signers',
      ['legacy-unknown', 'kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving'].map(kubernetesSigner).join(' '),
    ),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ...recordEvents,
  ],
  'clusterrole-aggregation-controller': [rule('escalate get list watch update patch', rbacGroup, 'clusterroles')],
  'cronjob-controller': [
    rule('get list watch update', 'batch', 'cronjobs'),
    manage('batch', 'jobs'),
    updateStatus('batch', 'cronjobs'),
    finalizers('batch', 'cronjobs'),
    rule('list watch delete', 'core', 'pods'),
    ...recordEvents,
  ],
  'daemon-set-controller': [
    rule(read, 'apps extensions', 'daemonsets'),
    updateStatus('apps extensions', 'daemonsets'),
    finalizers('apps extensions', 'daemonsets'),
    rule('list watch', 'core', 'nodes'),
    managePods,
    rule('create', 'core', 'pods/binding'),
    manage('apps', 'controllerrevisions'),
    ...recordEvents,
  ],
  'deployment-controller': [
    rule('get list watch update', 'apps extensions', 'deployments'),
    updateStatus('apps extensions', 'deployments'),
    finalizers('apps extensions', 'deployments'),
    manage('apps extensions', 'replicasets'),
    rule('get list watch update', 'core', 'pods'),
    ...recordEvents,
  ],
  'disruption-controller': [
    rule(read, 'apps extensions', 'deployments'),
    rule(read, 'apps extensions', 'replicasets'),
    rule(read, 'core', 'replicationcontrollers'),
    rule(read, 'policy', 'poddisruptionbudgets'),
    rule(read, 'apps', 'statefulsets'),
    updateStatus('policy', 'poddisruptionbudgets'),
    patchStatus('core', 'pods'),
    rule('get', '*', '*/scale'),
    ...recordEvents,
  ],
  'endpoint-controller': [
    rule(read, 'core', 'services pods'),
    rule('get list watch create update delete', 'core', 'endpoints'),
    rule('create', 'core', 'endpoints/restricted'),
    ...recordEvents,
  ],
  'endpointslice-controller': [
    rule(read, 'core', 'services pods nodes'),
    finalizers('core', 'services'),
    rule('get list watch create update delete', 'discovery.k8s.io', 'endpointslices'),
    ...recordEvents,
  ],
  'endpointslicemirroring-controller': [
    rule(read, 'core', 'services endpoints'),
    finalizers('core', 'services'),
    finalizers('core', 'endpoints'),
    rule('get list watch create update delete', 'discovery.k8s.io', 'endpointslices'),
    ...recordEvents,
  ],
  'ephemeral-volume-controller': [rule(read, 'core', 'pods'), finalizers('core', 'pods'), claims('get list watch create'), ...recordEvents],
  'expand-controller': [
    volumes(readUpdate),
    patchStatus('core', 'persistentvolumeclaims'),
    claims(read),
    ...recordEvents,
    rule('get', 'core', 'services'),
  ],
  'generic-garbage-collector': [rule('get list watch patch update delete', '*', '*'), ...recordEvents],
  'horizontal-pod-autoscaler': [
    rule(read, 'autoscaling', 'horizontalpodautoscalers'),
    updateStatus('autoscaling', 'horizontalpodautoscalers'),
    rule('get update', '*', '*/scale'),
    rule('list watch', 'core', 'pods'),
    rule('list watch', 'metrics.k8s.io', 'pods'),
    rule(read, 'custom.metrics.k8s.io', '*'),
    rule(read, 'external.metrics.k8s.io', '*'),
    ...recordEvents,
  ],
  'job-controller': [
    rule(readUpdate, 'batch', 'jobs'),
    updateStatus('batch', 'jobs'),
    finalizers('batch', 'jobs'),
    managePods,
    ...recordEvents,
  ],
  'legacy-service-account-token-cleaner': [
    rule('get', 'core', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
    rule('patch delete', 'core', 'secrets'),
  ],
  'namespace-controller': [
    rule('get list watch delete', 'core', 'namespaces'),
    rule('update', 'core', 'namespaces/finalize namespaces/status'),
    rule('get list watch delete deletecollection', '*', '*'),
  ],
  'node-controller': [
    rule('get list watch update delete patch', 'core', 'nodes'),
    patchStatus('core', 'nodes'),
    patchStatus('core', 'pods'),
    rule('list watch get delete', 'core', 'pods'),
    ...recordEvents,
  ],
  'persistent-volume-binder': [
    volumes('get list watch update create delete'),
    updateStatus('core', 'persistentvolumes'),
    claims('get list watch update'),
    updateStatus('core', 'persistentvolumeclaims'),
    rule('list watch get create delete', 'core', 'pods'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule('list watch', 'core', 'nodes'),
    ...recordEvents,
    rule('watch', 'core', 'events'),
    rule('get', 'core', 'services'),
  ],
  'pod-garbage-collector': [rule('list watch delete', 'core', 'pods'), rule(read, 'core', 'nodes'), rule('patch', 'core', 'pods/status')],
  'pv-protection-controller': [volumes('get list watch update'), ...recordEvents],
  'pvc-protection-controller': [claims('get list watch update'), rule(read, 'core', 'pods'), ...recordEvents],
  'replicaset-controller': [
    rule('get list watch update', 'apps extensions', 'replicasets'),
    updateStatus('apps extensions', 'replicasets'),
    finalizers('apps extensions', 'replicasets'),
    managePods,
    ...recordEvents,
  ],
  'replication-controller': [
    rule('get list watch update', 'core', 'replicationcontrollers'),
    updateStatus('core', 'replicationcontrollers'),
    finalizers('core', 'replicationcontrollers'),
    managePods,
    ...recordEvents,
  ],
  'resource-claim-controller': [
    rule(read, 'core', 'pods'),
    finalizers('core', 'pods'),
    rule('get list watch create delete', 'resource.k8s.io', 'resourceclaims'),
    rule('update patch', 'resource.k8s.io', 'resourceclaims resourceclaims/status'),
    patchStatus('core', 'pods'),
    ...recordEvents,
  ],
  'resourcequota-controller': [rule('list watch', '*', '*'), updateStatus('core', 'resourcequotas'), ...recordEvents],
  'root-ca-cert-publisher': [rule('create update', 'core', 'configmaps'), ...recordEvents],
  'route-controller': [rule('list watch', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), ...recordEvents],
  'service-account-controller': [rule('create', 'core', 'serviceaccounts'), ...recordEvents],
  'service-cidrs-controller': [
    rule(readUpdate, 'networking.k8s.io', 'servicecidrs'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers'),
    patchStatus('networking.k8s.io', 'servicecidrs'),
    rule(read, 'networking.k8s.io', 'ipaddresses'),
    ...recordEvents,
  ],
  'service-controller': [
    rule(read, 'core', 'services'),
    patchStatus('core', 'services'),
    rule('list watch', 'core', 'nodes'),
    ...recordEvents,
  ],
  'statefulset-controller': [
    rule('list watch', 'core', 'pods'),
    rule(read, 'apps', 'statefulsets'),
    updateStatus('apps', 'statefulsets'),
    finalizers('apps', 'statefulsets'),
    rule('get create delete update patch', 'core', 'pods'),
    manage('apps', 'controllerrevisions'),
    claims('get create list watch'),
    claims('update delete'),
    finalizers('core', 'pods'),
    ...recordEvents,
  ],
  'ttl-after-finished-controller': [rule('get list watch delete', 'batch', 'jobs'), ...recordEvents],
  'ttl-controller': [rule('update patch list watch', 'core', 'nodes'), ...recordEvents],
  'validatingadmissionpolicy-status-controller': [
    rule(read, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    ...recordEvents,
  ],
  'volumeattributesclass-protection-controller': [
    claims(read),
    volumes(read),
    rule('get list watch update', 'storage.k8s.io', 'volumeattributesclasses'),
    ...recordEvents,
  ],
};
