import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../api/types/rbac-v1.ts';
import { controllerRules } from './bootstrap/controller-roles.ts';
import { rbacGroup } from './bootstrap/rule.ts';
import { systemClusterRoles, systemRoles } from './bootstrap/system-roles.ts';
import { adminRules, editRules, viewRules } from './bootstrap/user-roles.ts';
import { allAuthenticated, allUnauthenticated, serviceAccountsGroup, systemMasters } from './user.ts';

export interface BootstrapRbac {
  clusterRoles: ClusterRole[];
  clusterRoleBindings: ClusterRoleBinding[];
  roles: Role[];
  roleBindings: RoleBinding[];
}

const apiVersion = `${rbacGroup}/v1`;
const metadata = (name: string, labels: Record<string, string> = {}) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
});
const aggregateTo = (role: string): Record<string, string> => ({ [`${rbacGroup}/aggregate-to-${role}`]: 'true' });

const group = (name: string): Subject => ({ kind: 'Group', apiGroup: rbacGroup, name });
const user = (name: string): Subject => ({ kind: 'User', apiGroup: rbacGroup, name });
const systemAccount = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

/** ClusterRole → who has it everywhere. */
const clusterBindings: Record<string, Subject[]> = {
  'cluster-admin': [group(systemMasters)],
  'system:discovery': [group(allAuthenticated)],
  'system:monitoring': [group('system:monitoring')],
  'system:basic-user': [group(allAuthenticated)],
  'system:public-info-viewer': [group(allAuthenticated), group(allUnauthenticated)],
  'system:service-account-issuer-discovery': [group(serviceAccountsGroup)],
  'system:kube-controller-manager': [user('system:kube-controller-manager')],
  'system:kube-dns': [systemAccount('kube-dns')],
  'system:kube-scheduler': [user('system:kube-scheduler')],
  'system:volume-scheduler': [user('system:kube-scheduler')],
  'system:node-proxier': [user('system:kube-proxy')],
  // Upstream leaves its subjects to the node authorizer.
  'system:node': [],
  'shoal:node-network': [group('shoal:node-network')],
};

/** Namespace → Role → who has it there. */
const namespaceBindings: Record<string, Record<string, Subject[]>> = {
  'kube-system': {
    'system:controller:bootstrap-signer': [systemAccount('bootstrap-signer')],
    'system:controller:cloud-provider': [systemAccount('cloud-provider')],
    'system:controller:token-cleaner': [systemAccount('token-cleaner')],
    'system::extension-apiserver-authentication-reader': [user('system:kube-controller-manager'), user('system:kube-scheduler')],
    'system::leader-locking-kube-controller-manager': [user('system:kube-controller-manager'), systemAccount('kube-controller-manager')],
    'system::leader-locking-kube-scheduler': [user('system:kube-scheduler'), systemAccount('kube-scheduler')],
  },
  'kube-public': { 'system:controller:bootstrap-signer': [systemAccount('bootstrap-signer')] },
};

/** Every role and binding that a new cluster starts with (upstream: `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`). */
export function bootstrapRbac(): BootstrapRbac {
  const clusterRole = (name: string, rules: PolicyRule[], labels = {}): ClusterRole => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: metadata(name, labels),
    rules,
  });
  const aggregated = (name: string, rules: PolicyRule[], labels = {}): ClusterRole => ({
    ...clusterRole(name, rules, labels),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] },
  });
  const clusterRoleBinding = (name: string, subjects: Subject[]): ClusterRoleBinding => ({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name },
    ...(subjects.length === 0 ? {} : { subjects }),
  });
  const controllers = Object.entries(controllerRules);
  const controllerRole = (name: string) => `system:controller:${name}`;
  return {
    clusterRoles: [
      ...Object.entries(systemClusterRoles).map(([name, rules]) => clusterRole(name, rules)),
      // The aggregation controller keeps these three whole; until it runs they start with what it would give them.
      aggregated('admin', [...adminRules, ...editRules, ...viewRules]),
      aggregated('edit', [...editRules, ...viewRules], aggregateTo('admin')),
      aggregated('view', viewRules, aggregateTo('edit')),
      clusterRole('system:aggregate-to-admin', adminRules, aggregateTo('admin')),
      clusterRole('system:aggregate-to-edit', editRules, aggregateTo('edit')),
      clusterRole('system:aggregate-to-view', viewRules, aggregateTo('view')),
      ...controllers.map(([name, rules]) => clusterRole(controllerRole(name), rules)),
    ],
    clusterRoleBindings: [
      ...Object.entries(clusterBindings).map(([name, subjects]) => clusterRoleBinding(name, subjects)),
      ...controllers.map(([name]) => clusterRoleBinding(controllerRole(name), [systemAccount(name)])),
    ],
    roles: Object.entries(systemRoles).flatMap(([namespace, roles]) =>
      Object.entries(roles).map(([name, rules]) => ({ apiVersion, kind: 'Role', metadata: { ...metadata(name), namespace }, rules })),
    ),
    roleBindings: Object.entries(namespaceBindings).flatMap(([namespace, bindings]) =>
      Object.entries(bindings).map(([name, subjects]) => ({
        apiVersion,
        kind: 'RoleBinding',
        metadata: { ...metadata(name), namespace },
        roleRef: { apiGroup: rbacGroup, kind: 'Role', name: name.replace('system::extension', 'extension') },
        subjects,
      })),
    ),
  };
}
