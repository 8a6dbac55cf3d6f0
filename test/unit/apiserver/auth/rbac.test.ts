import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../../../src/api/scheme.ts';
import type { PolicyRule } from '../../../../src/api/types/rbac-v1.ts';
import { type AuthorizationAttributes, forbidden, type ResourceAttributes } from '../../../../src/apiserver/auth/attributes.ts';
import { type ClusterAuthorizer, createAuthorizer } from '../../../../src/apiserver/auth/authorizer.ts';
import { bootstrapRbac } from '../../../../src/apiserver/auth/bootstrap-rbac.ts';
import { reviewRules } from '../../../../src/apiserver/auth/reviews.ts';
import { compileRule } from '../../../../src/apiserver/auth/rules.ts';
import { allAuthenticated, anonymousUser, loopbackUser, systemMasters, type UserInfo } from '../../../../src/apiserver/auth/user.ts';
import { objectKey } from '../../../../src/store/keys.ts';
import { createMemoryStore } from '../../../../src/store/memory.ts';
import type { Store } from '../../../../src/store/store.ts';
import { virtualClock } from '../../../../src/util/virtual-clock.ts';

const jane: UserInfo = { name: 'jane', groups: ['dev', allAuthenticated] };
const ask = (overrides: Partial<ResourceAttributes> = {}): ResourceAttributes => ({
  user: jane,
  verb: 'list',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: '',
  ...overrides,
});

describe('a rule', () => {
  const rule = (overrides: Partial<PolicyRule>): PolicyRule => ({ verbs: ['list'], apiGroups: [''], resources: ['pods'], ...overrides });
  test.each<[string, PolicyRule, AuthorizationAttributes, boolean]>([
    ['matches its own', rule({}), ask(), true],
    ['not another verb', rule({}), ask({ verb: 'get' }), false],
    ['any verb', rule({ verbs: ['*'] }), ask({ verb: 'get' }), true],
    ['not another group', rule({}), ask({ group: 'apps' }), false],
    ['any group', rule({ apiGroups: ['*'] }), ask({ group: 'apps' }), true],
    ['the resource does not hold its subresources', rule({}), ask({ subresource: 'log' }), false],
    ['a subresource', rule({ resources: ['pods/log'] }), ask({ subresource: 'log' }), true],
    ['a subresource does not hold its resource', rule({ resources: ['pods/log'] }), ask(), false],
    ['a subresource of any resource', rule({ resources: ['*/scale'] }), ask({ subresource: 'scale' }), true],
    ['any resource holds subresources', rule({ resources: ['*'] }), ask({ subresource: 'log' }), true],
    ['a named object', rule({ resourceNames: ['web'] }), ask({ name: 'web' }), true],
    ['not another name', rule({ resourceNames: ['web'] }), ask({ name: 'db' }), false],
    ['names exclude requests without one', rule({ resourceNames: ['web'] }), ask(), false],
    ['a path', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, { user: jane, verb: 'get', path: '/healthz' }, true],
    ['not below a path', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, { user: jane, verb: 'get', path: '/healthz/etcd' }, false],
    ['below a path with *', { verbs: ['get'], nonResourceURLs: ['/healthz/*'] }, { user: jane, verb: 'get', path: '/healthz/etcd' }, true],
    ['resource rules hold no paths', rule({ verbs: ['*'], resources: ['*'] }), { user: jane, verb: 'get', path: '/healthz' }, false],
  ])('%s', (_name, source, attributes, expected) => expect(compileRule(source).matches(attributes)).toBe(expected));
});

describe('the 403', () => {
  test.each<[string, AuthorizationAttributes, string]>([
    ['in a namespace', ask(), 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"'],
    [
      'of one object at cluster scope',
      ask({ verb: 'get', resource: 'nodes', namespace: '', name: 'n1' }),
      'nodes "n1" is forbidden: User "jane" cannot get resource "nodes" in API group "" at the cluster scope',
    ],
    [
      'of a subresource in a group',
      ask({ verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale', name: 'web' }),
      'deployments.apps "web" is forbidden: User "jane" cannot update resource "deployments/scale" in API group "apps" in the namespace "default"',
    ],
    ['of a path', { user: anonymousUser, verb: 'get', path: '/' }, 'forbidden: User "system:anonymous" cannot get path "/"'],
  ])('%s', (_name, attributes, message) => {
    expect(forbidden(attributes)).toMatchObject({ code: 403, reason: 'Forbidden', message });
  });
});

test('default rules list their words in order, whatever order they were thought of', () => {
  const { clusterRoles, roles } = bootstrapRbac();
  for (const { metadata, rules = [] } of [...clusterRoles, ...roles]) {
    for (const lists of rules) for (const words of Object.values(lists)) expect(words, metadata.name).toEqual([...words].sort());
  }
});

test.each([
  ['job-controller', [['create', 'delete', 'list', 'patch', 'watch'], [''], ['pods']]],
  ['replicaset-controller', [['update'], ['apps', 'extensions'], ['replicasets/status']]],
  ['attachdetach-controller', [['get', 'list', 'watch'], ['storage.k8s.io'], ['csinodes']]],
  ['resource-claim-controller', [['patch', 'update'], ['resource.k8s.io'], ['resourceclaims', 'resourceclaims/status']]],
])('the default role of %s', (name, [verbs, apiGroups, resources]) => {
  const role = bootstrapRbac().clusterRoles.find(({ metadata }) => metadata.name === `system:controller:${name}`);
  expect(role?.rules).toContainEqual({ verbs, apiGroups, resources });
});

describe('the authorizer', () => {
  let store: Store;
  let authorizer: ClusterAuthorizer;
  const allowed = async (attributes: AuthorizationAttributes) => (await authorizer.authorize(attributes)).allowed;
  const bind = (namespace: string, role: string, subjects: { kind: string; name: string; namespace?: string }[], kind = 'ClusterRole') =>
    store.create(objectKey(namespace === '' ? kinds.ClusterRoleBinding : kinds.RoleBinding, namespace, 'b'), {
      metadata: { name: 'b', namespace },
      roleRef: { kind, name: role, apiGroup: 'rbac.authorization.k8s.io' },
      subjects,
    } as never);

  beforeEach(async () => {
    store = createMemoryStore({ clock: virtualClock(), freeze: true });
    const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapRbac();
    for (const object of clusterRoles) await store.create(objectKey(kinds.ClusterRole, '', object.metadata.name ?? ''), object);
    for (const object of clusterRoleBindings)
      await store.create(objectKey(kinds.ClusterRoleBinding, '', object.metadata.name ?? ''), object);
    for (const object of roles) await store.create(objectKey(kinds.Role, object.metadata.namespace, object.metadata.name ?? ''), object);
    for (const object of roleBindings) {
      await store.create(objectKey(kinds.RoleBinding, object.metadata.namespace, object.metadata.name ?? ''), object);
    }
    authorizer = await createAuthorizer(store);
  });

  test.each<[string, AuthorizationAttributes, boolean]>([
    ['anybody reads /version', { user: anonymousUser, verb: 'get', path: '/version' }, true],
    ['anybody reads /readyz', { user: anonymousUser, verb: 'get', path: '/readyz' }, true],
    ['the anonymous do not discover', { user: anonymousUser, verb: 'get', path: '/api' }, false],
    ['users discover', { user: jane, verb: 'get', path: '/apis/apps/v1' }, true],
    [
      'users ask about themselves',
      ask({ verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews', namespace: '' }),
      true,
    ],
    ['users see no pods', ask(), false],
    ['system:masters does all', ask({ user: loopbackUser, verb: 'delete', resource: 'nodes', namespace: '' }), true],
    ['the scheduler binds', ask({ user: { name: 'system:kube-scheduler', groups: [] }, verb: 'create', subresource: 'binding' }), true],
    ['a controller account', ask({ user: { name: 'system:serviceaccount:kube-system:job-controller', groups: [] }, verb: 'create' }), true],
    [
      'service accounts read the issuer',
      { user: { name: 'x', groups: ['system:serviceaccounts'] }, verb: 'get', path: '/openid/v1/jwks' },
      true,
    ],
  ])('%s', async (_name, attributes, expected) => expect(await allowed(attributes)).toBe(expected));

  test('a binding counts at once, in its namespace alone, and stops when it goes', async () => {
    const binding = await bind('default', 'view', [{ kind: 'User', name: 'jane' }]);
    expect(await authorizer.authorize(ask())).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/default" of ClusterRole "view" to User "jane"',
    });
    expect(await allowed(ask({ namespace: 'other' }))).toBe(false);
    expect(await allowed(ask({ namespace: '' }))).toBe(false);
    expect(await allowed(ask({ resource: 'secrets' }))).toBe(false);
    await store.delete(binding.key, binding.revision);
    expect(await allowed(ask())).toBe(false);
  });

  test('a changed role and changed subjects count at once', async () => {
    const role = await store.create(objectKey(kinds.Role, 'default', 'r'), { metadata: { name: 'r', namespace: 'default' } });
    const binding = await bind('default', 'r', [{ kind: 'Group', name: 'dev' }], 'Role');
    expect(await allowed(ask())).toBe(false);
    const rules = [{ verbs: ['list'], apiGroups: [''], resources: ['pods'] }];
    await store.update(role.key, { ...role.object, rules } as never, role.revision);
    expect(await allowed(ask())).toBe(true);
    await store.update(binding.key, { ...binding.object, subjects: [{ kind: 'Group', name: 'ops' }] } as never, binding.revision);
    expect(await allowed(ask())).toBe(false);
    expect(await allowed(ask({ user: { name: 'joe', groups: ['ops'] } }))).toBe(true);
  });

  test('a service account subject is the user it authenticates as, in the namespace of the binding by default', async () => {
    await bind('default', 'view', [{ kind: 'ServiceAccount', name: 'robot' }]);
    expect(await allowed(ask({ user: { name: 'system:serviceaccount:default:robot', groups: [] } }))).toBe(true);
    expect(await allowed(ask({ user: { name: 'system:serviceaccount:other:robot', groups: [] } }))).toBe(false);
  });

  test('a role that is missing is named in the refusal', async () => {
    await bind('', 'gone', [{ kind: 'User', name: 'jane' }]);
    expect((await authorizer.authorize(ask())).reason).toBe('RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found');
  });

  test('edit writes workloads but no roles; admin writes roles', async () => {
    await bind('default', 'edit', [{ kind: 'User', name: 'jane' }]);
    const deployments = ask({ verb: 'create', group: 'apps', resource: 'deployments' });
    const roles = ask({ verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'roles' });
    expect([await allowed(deployments), await allowed(roles)]).toEqual([true, false]);
    const admin = { ...roles, user: { name: 'root', groups: ['admins'] } };
    await store.create(objectKey(kinds.RoleBinding, 'default', 'a'), {
      metadata: { name: 'a', namespace: 'default' },
      roleRef: { kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'Group', name: 'admins' }],
    } as never);
    expect(await allowed(admin)).toBe(true);
  });

  test('a rules review lists what the user has', async () => {
    await bind('default', 'view', [{ kind: 'User', name: 'jane' }]);
    const { status } = reviewRules({ metadata: {}, spec: { namespace: 'default' } }, jane, authorizer.rbac);
    expect(status?.resourceRules).toContainEqual({ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['namespaces'] });
    expect(status?.nonResourceRules.some(({ nonResourceURLs }) => nonResourceURLs?.includes('/api/*'))).toBe(true);
    expect(status?.incomplete).toBe(false);
  });

  test('a rules review lists once what the cluster-admin role grants the masters, and no right that is in no role', () => {
    const master: UserInfo = { name: 'kubernetes-admin', groups: [systemMasters, allAuthenticated] };
    const { status } = reviewRules({ metadata: {}, spec: { namespace: 'default' } }, master, authorizer.rbac);
    expect(status?.resourceRules.filter(({ resources }) => resources?.includes('*'))).toHaveLength(1);
    expect(status?.nonResourceRules.filter(({ nonResourceURLs }) => nonResourceURLs?.includes('*'))).toHaveLength(1);
  });

  describe('for a node', () => {
    const kubelet: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', allAuthenticated] };
    const of = (overrides: Partial<ResourceAttributes>) => ask({ user: kubelet, verb: 'get', ...overrides });
    beforeEach(async () => {
      const pod = (name: string, nodeName: string, secret: string) =>
        store.create(objectKey(kinds.Pod, 'default', name), {
          metadata: { name, namespace: 'default', uid: name },
          spec: {
            nodeName,
            serviceAccountName: 'robot',
            containers: [{ name: 'c', envFrom: [{ configMapRef: { name: `cm-${name}` } }] }],
            volumes: [
              { name: 's', secret: { secretName: secret } },
              { name: 'd', persistentVolumeClaim: { claimName: `claim-${name}` } },
            ],
          },
        } as never);
      await pod('mine', 'n1', 'mine');
      await pod('other', 'n2', 'theirs');
      await store.create(objectKey(kinds.PersistentVolumeClaim, 'default', 'claim-mine'), {
        metadata: { name: 'claim-mine', namespace: 'default' },
        spec: { volumeName: 'pv1' },
      } as never);
      await store.create(objectKey(kinds.PersistentVolume, '', 'pv1'), {
        metadata: { name: 'pv1' },
        spec: { claimRef: { namespace: 'default', name: 'claim-mine' } },
      } as never);
    });

    test.each<[string, Partial<ResourceAttributes>, boolean]>([
      ['the secret of its pod', { resource: 'secrets', name: 'mine' }, true],
      ['not the secret of a pod elsewhere', { resource: 'secrets', name: 'theirs' }, false],
      ['not all secrets', { resource: 'secrets', verb: 'list' }, false],
      ['no writing of secrets', { resource: 'secrets', verb: 'update', name: 'mine' }, false],
      ['the config map of its pod', { resource: 'configmaps', name: 'cm-mine' }, true],
      ['the claim of its pod', { resource: 'persistentvolumeclaims', name: 'claim-mine' }, true],
      ['the volume of that claim', { resource: 'persistentvolumes', name: 'pv1', namespace: '' }, true],
      ['its pod', { name: 'mine' }, true],
      ['pod status', { name: 'mine', verb: 'patch', subresource: 'status' }, true],
      ['tokens of its pods’ accounts', { resource: 'serviceaccounts', subresource: 'token', verb: 'create', name: 'robot' }, true],
      ['no tokens of other accounts', { resource: 'serviceaccounts', subresource: 'token', verb: 'create', name: 'admin' }, false],
      ['its own node', { resource: 'nodes', name: 'n1', namespace: '' }, true],
      ['its lease', { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', namespace: 'kube-node-lease', name: 'n1' }, true],
      [
        'no other lease',
        { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', namespace: 'kube-node-lease', name: 'n2' },
        false,
      ],
      [
        'no lease elsewhere',
        { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', namespace: 'kube-system', name: 'n1' },
        false,
      ],
      ['services', { resource: 'services', verb: 'watch', namespace: '' }, true],
      ['no endpoint slices', { group: 'discovery.k8s.io', resource: 'endpointslices', verb: 'watch', namespace: '' }, false],
      ['not all pods', { resource: 'pods', verb: 'watch', namespace: '' }, false],
      ['no deployments', { group: 'apps', resource: 'deployments', verb: 'list' }, false],
    ])('%s', async (_name, overrides, expected) => expect(await allowed(of(overrides))).toBe(expected));

    test('access ends with the pod', async () => {
      const pod = await store.get(objectKey(kinds.Pod, 'default', 'mine'));
      await store.delete(pod?.key ?? '', pod?.revision ?? 0);
      expect(await authorizer.authorize(of({ resource: 'secrets', name: 'mine' }))).toEqual({
        allowed: false,
        reason: "no relationship found between node 'n1' and this object",
      });
    });
  });
});
