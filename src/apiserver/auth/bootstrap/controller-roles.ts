import type { PolicyRule } from '../../../api/types/rbac-v1.ts';
import { rbacGroup, read, readUpdate, recordEvents, rule } from './rule.ts';

const finalizers = (group: string, resource: string): PolicyRule => rule('update', group, `${resource}/finalizers`);
const status = (group: string, resource: string): PolicyRule => rule('update patch', group, `${resource}/status`);
const managePods = rule('create delete patch list watch get', 'core', 'pods');
const claims = (verbs: string): PolicyRule => rule(verbs, 'core', 'persistentvolumeclaims');

/**
 * The controllers' own rules, by service account in kube-system (upstream: `bootstrappolicy/controller_policy.go`). Each becomes ClusterRole
 * and ClusterRoleBinding `system:controller:<name>`, for controllers that are run out of process.
 */
export const controllerRules: Record<string, PolicyRule[]> = {
  'attachdetach-controller': [
    rule('list watch', 'core', 'persistentvolumes persistentvolumeclaims pods'),
    rule(read, 'core', 'nodes'),
    status('core', 'nodes'),
    rule('get list watch create delete', 'storage.k8s.io', 'volumeattachments'),
    ...recordEvents,
  ],
  'certificate-controller': [
    rule('get list watch delete', 'certificates.k8s.io', 'certificatesigningrequests'),
    rule('update', 'certificates.k8s.io', 'certificatesigningrequests/status certificatesigningrequests/approval'),
    rule('approve sign', 'certificates.k8s.io', 'signers'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ...recordEvents,
  ],
  'clusterrole-aggregation-controller': [rule('escalate get list watch update patch', rbacGroup, 'clusterroles')],
  'cronjob-controller': [
    rule('get list watch update', 'batch', 'cronjobs'),
    rule('create delete get list patch update watch', 'batch', 'jobs'),
    status('batch', 'cronjobs'),
    finalizers('batch', 'cronjobs'),
    rule('delete list', 'core', 'pods'),
    ...recordEvents,
  ],
  'daemon-set-controller': [
    rule(read, 'apps', 'daemonsets'),
    status('apps', 'daemonsets'),
    finalizers('apps', 'daemonsets'),
    rule('list watch', 'core', 'nodes'),
    managePods,
    rule('create', 'core', 'pods/binding'),
    rule('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    ...recordEvents,
  ],
  'deployment-controller': [
    rule('get list watch update', 'apps', 'deployments'),
    status('apps', 'deployments'),
    finalizers('apps', 'deployments'),
    rule('create delete get list patch update watch', 'apps', 'replicasets'),
    rule('get list update watch', 'core', 'pods'),
    ...recordEvents,
  ],
  'disruption-controller': [
    rule(read, 'apps', 'deployments replicasets statefulsets'),
    rule(read, 'core', 'replicationcontrollers pods'),
    rule(read, 'policy', 'poddisruptionbudgets'),
    status('policy', 'poddisruptionbudgets'),
    rule('get', '*', '*/scale'),
    status('core', 'pods'),
    ...recordEvents,
  ],
  'endpoint-controller': [
    rule(read, 'core', 'services pods'),
    rule('get list create update delete', 'core', 'endpoints'),
    rule('create', 'core', 'endpoints/restricted'),
    ...recordEvents,
  ],
  'endpointslice-controller': [
    rule(read, 'core', 'services pods nodes'),
    finalizers('core', 'services'),
    rule('get list create update delete watch', 'discovery.k8s.io', 'endpointslices'),
    rule('create', 'discovery.k8s.io', 'endpointslices/restricted'),
    ...recordEvents,
  ],
  'endpointslicemirroring-controller': [
    rule(read, 'core', 'endpoints services'),
    rule('update', 'core', 'endpoints/finalizers services/finalizers'),
    rule('get list create update delete watch', 'discovery.k8s.io', 'endpointslices'),
    rule('create', 'discovery.k8s.io', 'endpointslices/restricted'),
    ...recordEvents,
  ],
  'expand-controller': [
    rule(readUpdate, 'core', 'persistentvolumes'),
    status('core', 'persistentvolumeclaims'),
    claims(read),
    ...recordEvents,
  ],
  'ephemeral-volume-controller': [finalizers('core', 'pods'), rule(read, 'core', 'pods'), claims('get list watch create'), ...recordEvents],
  'generic-garbage-collector': [rule('get list watch patch update delete', '*', '*'), ...recordEvents],
  'horizontal-pod-autoscaler': [
    rule(read, 'autoscaling', 'horizontalpodautoscalers'),
    status('autoscaling', 'horizontalpodautoscalers'),
    rule('get update', '*', '*/scale'),
    rule('list watch', 'core', 'pods'),
    rule('list', 'metrics.k8s.io', 'pods'),
    rule('get list', 'custom.metrics.k8s.io external.metrics.k8s.io', '*'),
    ...recordEvents,
  ],
  'job-controller': [
    rule('get list patch update watch', 'batch', 'jobs'),
    status('batch', 'jobs'),
    finalizers('batch', 'jobs'),
    managePods,
    ...recordEvents,
  ],
  'namespace-controller': [
    rule('get list watch delete', 'core', 'namespaces'),
    rule('update', 'core', 'namespaces/finalize namespaces/status'),
    rule('delete deletecollection get list', '*', '*'),
  ],
  'node-controller': [
    rule('get list update delete patch watch', 'core', 'nodes'),
    status('core', 'nodes'),
    status('core', 'pods'),
    rule('list watch delete get', 'core', 'pods'),
    rule(read, 'coordination.k8s.io', 'leases'),
    ...recordEvents,
  ],
  'persistent-volume-binder': [
    rule('get list watch create update delete', 'core', 'persistentvolumes'),
    rule('update', 'core', 'persistentvolumes/status persistentvolumeclaims/status'),
    claims('get list watch update'),
    rule('get list watch create delete', 'core', 'pods'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule('get list', 'core', 'nodes'),
    ...recordEvents,
  ],
  'pod-garbage-collector': [rule('list watch delete', 'core', 'pods'), rule('get list', 'core', 'nodes'), status('core', 'pods')],
  'pv-protection-controller': [rule('get list watch update', 'core', 'persistentvolumes'), ...recordEvents],
  'pvc-protection-controller': [claims('get list watch update'), rule(read, 'core', 'pods'), ...recordEvents],
  'replicaset-controller': [
    rule('get list watch update', 'apps', 'replicasets'),
    status('apps', 'replicasets'),
    finalizers('apps', 'replicasets'),
    managePods,
    ...recordEvents,
  ],
  'replication-controller': [
    rule('get list watch update', 'core', 'replicationcontrollers'),
    rule('update', 'core', 'replicationcontrollers/status replicationcontrollers/finalizers'),
    managePods,
    ...recordEvents,
  ],
  'resourcequota-controller': [rule('list watch', '*', '*'), rule('update', 'core', 'resourcequotas/status'), ...recordEvents],
  'root-ca-cert-publisher': [rule('create update', 'core', 'configmaps'), ...recordEvents],
  'service-account-controller': [rule('create', 'core', 'serviceaccounts'), ...recordEvents],
  'service-cidrs-controller': [
    rule('get list watch patch update', 'networking.k8s.io', 'servicecidrs'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers servicecidrs/status'),
    rule(read, 'networking.k8s.io', 'ipaddresses'),
    ...recordEvents,
  ],
  'statefulset-controller': [
    rule('list watch', 'core', 'pods'),
    rule(read, 'apps', 'statefulsets'),
    status('apps', 'statefulsets'),
    finalizers('apps', 'statefulsets'),
    rule('get create delete update patch', 'core', 'pods'),
    rule('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    claims('get create list watch update delete'),
    ...recordEvents,
  ],
  'ttl-after-finished-controller': [rule('get list watch delete', 'batch', 'jobs'), ...recordEvents],
  'ttl-controller': [rule('update patch list watch', 'core', 'nodes'), ...recordEvents],
};
