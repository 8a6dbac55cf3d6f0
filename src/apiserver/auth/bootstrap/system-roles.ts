import type { PolicyRule } from '../../../api/types/rbac-v1.ts';
import { nodeRules } from './node-rules.ts';
import { read, readUpdate, recordEvents, rule, urls } from './rule.ts';

/** Groups whose use says nothing of the cluster's content. */
const createReviews = rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews');
const delegatedReviews = [
  rule('create', 'authentication.k8s.io', 'tokenreviews'),
  rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
];
const signer = (name: string): PolicyRule => rule('approve', 'certificates.k8s.io', 'signers', name);
const requestsOf = (subresource: string): PolicyRule => rule('create', 'certificates.k8s.io', `certificatesigningrequests/${subresource}`);

/** ClusterRole name → rules (upstream: `bootstrappolicy.ClusterRoles`), the aggregated user roles apart. */
export const systemClusterRoles: Record<string, PolicyRule[]> = {
  'cluster-admin': [rule('*', '*', '*'), urls('*', '*')],
  'system:discovery': [urls('get', '/livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*')],
  'system:monitoring': [urls('get', '/metrics /metrics/slis /livez /readyz /healthz /livez/* /readyz/* /healthz/*')],
  'system:public-info-viewer': [urls('get', '/livez /readyz /healthz /version /version/')],
  'system:basic-user': [createReviews, rule('create', 'authentication.k8s.io', 'selfsubjectreviews')],
  'system:service-account-issuer-discovery': [
    urls('get', '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/'),
  ],
  'system:auth-delegator': delegatedReviews,
  'system:heapster': [rule(read, 'core', 'events pods nodes namespaces'), rule(read, 'extensions', 'deployments')],
  'system:kube-aggregator': [rule(read, 'core', 'services endpoints')],
  'system:kube-dns': [rule('list watch', 'core', 'endpoints services')],
  'system:kubelet-api-admin': [
    rule(read, 'core', 'nodes'),
    rule('proxy', 'core', 'nodes'),
    rule('*', 'core', 'nodes/proxy nodes/metrics nodes/stats nodes/log nodes/spec nodes/checkpoint nodes/configz nodes/healthz nodes/pods'),
  ],
  'system:node': nodeRules,
  'system:node-bootstrapper': [rule('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests')],
  'system:node-problem-detector': [rule('get', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), ...recordEvents],
  'system:node-proxier': [
    rule('list watch', 'core', 'services endpoints'),
    rule(read, 'core', 'nodes'),
    ...recordEvents,
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
    rule('list watch', 'networking.k8s.io', 'servicecidrs'),
  ],
  'system:persistent-volume-provisioner': [
    rule('get list watch create delete', 'core', 'persistentvolumes'),
    rule(readUpdate.replace(' patch', ''), 'core', 'persistentvolumeclaims'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule(read, 'core', 'events'),
    ...recordEvents,
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [requestsOf('nodeclient')],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [requestsOf('selfnodeclient')],
  'system:certificates.k8s.io:kube-apiserver-client-approver': [signer('kubernetes.io/kube-apiserver-client')],
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': [signer('kubernetes.io/kube-apiserver-client-kubelet')],
  'system:certificates.k8s.io:kubelet-serving-approver': [signer('kubernetes.io/kubelet-serving')],
  'system:certificates.k8s.io:legacy-unknown-approver': [signer('kubernetes.io/legacy-unknown')],
  'system:volume-scheduler': [
    rule(readUpdate, 'core', 'persistentvolumes'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule(readUpdate, 'core', 'persistentvolumeclaims'),
  ],
  'system:kube-scheduler': [
    ...recordEvents,
    rule('create list watch', 'coordination.k8s.io', 'leases'),
    rule('get update', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
    rule(read, 'core', 'nodes'),
    rule('delete get list watch', 'core', 'pods'),
    rule('create', 'core', 'bindings pods/binding'),
    rule('patch update', 'core', 'pods/status'),
    rule(read, 'core', 'replicationcontrollers services'),
    rule(read, 'apps extensions', 'replicasets'),
    rule(read, 'apps', 'statefulsets'),
    rule(read, 'policy', 'poddisruptionbudgets'),
    rule(read, 'core', 'persistentvolumeclaims persistentvolumes'),
    ...delegatedReviews,
    rule(read, 'storage.k8s.io', 'csinodes csidrivers csistoragecapacities volumeattachments'),
    rule(read, 'core', 'namespaces'),
    rule(read, 'resource.k8s.io', 'deviceclasses resourceclaims resourceslices'),
  ],
  'system:kube-controller-manager': [
    ...recordEvents,
    rule('create list watch', 'coordination.k8s.io', 'leases'),
    rule('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
    rule('create', 'core', 'secrets serviceaccounts'),
    rule('delete', 'core', 'secrets'),
    rule('get', 'core', 'namespaces secrets serviceaccounts configmaps'),
    rule('update', 'core', 'secrets serviceaccounts'),
    ...delegatedReviews,
    rule('list watch', '*', '*'),
    rule('create', 'core', 'serviceaccounts/token'),
  ],
  // Not upstream's: what a node's own service proxy, DNS server and policy engine read, which elsewhere run as privileged pods of a DaemonSet.
  'shoal:node-network': [
    rule(read, 'core', 'nodes namespaces pods services endpoints'),
    rule(read, 'discovery.k8s.io', 'endpointslices'),
    rule(read, 'networking.k8s.io', 'networkpolicies servicecidrs'),
  ],
};

/** Namespace → Role name → rules (upstream: `bootstrappolicy/namespace_policy.go`). */
export const systemRoles: Record<string, Record<string, PolicyRule[]>> = {
  'kube-system': {
    'extension-apiserver-authentication-reader': [rule(read, 'core', 'configmaps', 'extension-apiserver-authentication')],
    'system:controller:bootstrap-signer': [rule(read, 'core', 'secrets')],
    'system:controller:cloud-provider': [rule('create get list watch', 'core', 'configmaps')],
    'system:controller:token-cleaner': [rule('get list watch delete', 'core', 'secrets'), ...recordEvents],
    'system::leader-locking-kube-controller-manager': [
      rule('watch', 'core', 'configmaps'),
      rule('get update', 'core', 'configmaps', 'kube-controller-manager'),
    ],
    'system::leader-locking-kube-scheduler': [
      rule('watch', 'core', 'configmaps'),
      rule('get update', 'core', 'configmaps', 'kube-scheduler'),
    ],
  },
  'kube-public': {
    'system:controller:bootstrap-signer': [
      rule(read, 'core', 'configmaps'),
      rule('update', 'core', 'configmaps', 'cluster-info'),
      ...recordEvents,
    ],
  },
};
