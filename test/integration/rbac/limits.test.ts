import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaults, type RbacCluster, startRbacCluster } from './cluster.ts';

let cluster: RbacCluster;
beforeAll(async () => {
  cluster = await startRbacCluster();
});
afterAll(() => cluster.server.close());

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apply = { 'content-type': 'application/apply-patch+yaml' };

describe('rights to named objects', () => {
  let token: string;
  beforeAll(async () => {
    token = await cluster.tokenOf('named');
    await cluster.server.create(`${defaults}/configmaps`, { metadata: { name: 'xx' } });
    await cluster.allow('named', [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'delete', 'deletecollection'], resourceNames: ['x'] },
    ]);
  });

  const base = `${defaults}/configmaps`;
  const rows: [name: string, method: string, path: string, status: number][] = [
    ['its own', 'GET', `${base}/x`, 200],
    ['another', 'GET', `${base}/xx`, 403],
    ['a list of all', 'GET', base, 403],
    ['a list of its own', 'GET', `${base}?fieldSelector=metadata.name%3Dx`, 200],
    ['a list of its own, written otherwise', 'GET', `${base}?fieldSelector=metadata.name%3D%3Dx`, 200],
    ['a list of its own among labels', 'GET', `${base}?fieldSelector=metadata.name%3Dx&labelSelector=a`, 200],
    ['a list of another', 'GET', `${base}?fieldSelector=metadata.name%3Dxx`, 403],
    ['a list of all but another', 'GET', `${base}?fieldSelector=metadata.name!%3Dxx`, 403],
    ['a list of its own in another namespace', 'GET', '/api/v1/namespaces/other/configmaps?fieldSelector=metadata.name%3Dx', 403],
    ['a list of its own across namespaces', 'GET', '/api/v1/configmaps?fieldSelector=metadata.name%3Dx', 403],
    ['a list of its own hidden in a value', 'GET', `${base}?fieldSelector=metadata.namespace%3Da%5C%2Cmetadata.name%5C%3Dx`, 403],
    ['a watch of its own', 'GET', `${base}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dx`, 200],
    ['a watch of all', 'GET', `${base}?watch=1&timeoutSeconds=1`, 403],
    ['an old watch of its own', 'GET', '/api/v1/watch/namespaces/default/configmaps/x?timeoutSeconds=1', 200],
    ['a delete of all', 'DELETE', base, 403],
    ['a delete of all by its name', 'DELETE', `${base}?fieldSelector=metadata.name%3Dx`, 403],
  ];
  test.each(rows)('%s', async (_name, method, path, status) => {
    const answer = await cluster.as(token, method, path);
    expect(answer.status).toBe(status);
    // `xx` begins like `x`, and is none of its business.
    expect(answer.body.toString()).not.toMatch(/"metadata":\{"name":"xx"/);
  });
});

describe('making by other verbs than create', () => {
  test('a patch or an update alone makes nothing', async () => {
    const token = await cluster.tokenOf('patcher');
    await cluster.allow('patcher', [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['update'] },
    ]);
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } };
    const applied = await cluster.as(token, 'PATCH', `${defaults}/configmaps/made?fieldManager=m`, { body, headers: apply });
    expect(applied.json().message).toContain('cannot create resource "configmaps"');
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'made' } };
    const put = await cluster.as(token, 'PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/made', { body: lease });
    expect([applied.status, put.status]).toEqual([403, 403]);
    const patched = await cluster.as(token, 'PATCH', `${defaults}/configmaps/x?fieldManager=m`, {
      body: { ...body, metadata: { name: 'x', labels: { a: 'b' } } },
      headers: apply,
    });
    expect(patched.status).toBe(200);
  });
});

describe('granting', () => {
  const rules = (...verbs: string[]) => [{ apiGroups: [''], resources: ['secrets'], verbs }];
  const role = (name: string, of: object[]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name },
    rules: of,
  });
  const binding = (name: string, kind: string, to: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: to },
    subjects: [{ kind: 'ServiceAccount', name: 'granter', namespace: 'default' }],
  });
  const roles = `${rbac}/namespaces/default/roles`;
  const bindings = `${rbac}/namespaces/default/rolebindings`;
  let granter: string;
  let escalator: string;
  beforeAll(async () => {
    const writing = {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['roles', 'rolebindings'],
      verbs: ['create', 'update', 'patch', 'get'],
    };
    granter = await cluster.tokenOf('granter');
    await cluster.allow('granter', [writing, ...rules('get')]);
    escalator = await cluster.tokenOf('escalator');
    await cluster.allow('escalator', [
      writing,
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['bind'], resourceNames: ['view'] },
    ]);
    await cluster.server.create(roles, role('strong', rules('get', 'list', 'delete')));
  });

  const merge = { 'content-type': 'application/merge-patch+json' };
  const rows: [
    name: string,
    who: () => string,
    method: string,
    path: string,
    body: object,
    status: number,
    headers?: Record<string, string>,
  ][] = [
    ['a role of what one has', () => granter, 'POST', roles, role('a', rules('get')), 201],
    ['a role of more', () => granter, 'POST', roles, role('b', rules('get', 'delete')), 403],
    ['a role of all', () => granter, 'POST', roles, role('c', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), 403],
    ['a role made stronger', () => granter, 'PATCH', `${roles}/granter`, { rules: rules('*') }, 403, merge],
    [
      'a role made stronger by an apply',
      () => granter,
      'PATCH',
      `${roles}/granter?fieldManager=m&force=true`,
      role('granter', rules('*')),
      403,
      apply,
    ],
    ['a role replaced by a stronger one', () => granter, 'PUT', `${roles}/granter`, role('granter', rules('*')), 403],
    ['a role only labelled', () => granter, 'PATCH', `${roles}/strong`, { metadata: { labels: { a: 'b' } } }, 200, merge],
    ['a role tried only', () => granter, 'POST', `${roles}?dryRun=All`, role('d', rules('delete')), 403],
    ['a binding of what one has', () => granter, 'POST', bindings, binding('a', 'Role', 'a'), 201],
    ['a binding of more', () => granter, 'POST', bindings, binding('b', 'Role', 'strong'), 403],
    ['a binding of the admin', () => granter, 'POST', bindings, binding('c', 'ClusterRole', 'cluster-admin'), 403],
    ['a binding of a role that is not there', () => granter, 'POST', bindings, binding('d', 'Role', 'none'), 404],
    ['more, with the right to escalate', () => escalator, 'POST', roles, role('e', rules('delete')), 201],
    ['a role that one may bind', () => escalator, 'POST', bindings, binding('e', 'ClusterRole', 'view'), 201],
    ['another role than that', () => escalator, 'POST', bindings, binding('f', 'ClusterRole', 'edit'), 403],
    ['rights in another namespace', () => escalator, 'POST', `${rbac}/namespaces/other/roles`, role('a', rules('get')), 403],
    ['rights in the whole cluster', () => escalator, 'POST', `${rbac}/clusterroles`, { ...role('a', []), kind: 'ClusterRole' }, 403],
  ];
  test.each(rows)('%s', async (_name, who, method, path, body, status, headers = {}) => {
    expect((await cluster.as(who(), method, path, { body, headers })).status).toBe(status);
  });
});

describe('a token', () => {
  const base = `${defaults}/serviceaccounts`;
  const get = async (token: string): Promise<number> => (await cluster.as(token, 'GET', `${defaults}/pods/x`)).status;

  test('for another audience is none', async () => {
    const token = await cluster.tokenOf('audience', { audiences: ['vault'] });
    expect(await get(token)).toBe(401);
  });

  test('ends with its account, and with another of the same name', async () => {
    const token = await cluster.tokenOf('short');
    expect(await get(token)).toBe(403);
    await cluster.server.send('DELETE', `${base}/short`);
    expect(await get(token)).toBe(401);
    await cluster.server.create(base, { metadata: { name: 'short' } });
    expect(await get(token)).toBe(401);
  });

  test('ends with the Secret that it is bound to', async () => {
    await cluster.server.create(`${defaults}/secrets`, { metadata: { name: 'bound' } });
    const token = await cluster.tokenOf('bound', { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bound' } });
    expect(await get(token)).toBe(403);
    await cluster.server.send('DELETE', `${defaults}/secrets/bound`);
    expect(await get(token)).toBe(401);
  });
});
