import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CertificateAndKey } from '../../../src/util/pki.ts';
import { defaults, type RbacCluster, startRbacCluster } from './cluster.ts';

let cluster: RbacCluster;
let kubelet: CertificateAndKey;
let alone: CertificateAndKey;
beforeAll(async () => {
  cluster = await startRbacCluster();
  const { create } = cluster.server;
  kubelet = await cluster.withCertificate('system:node:n1', 'system:nodes');
  alone = await cluster.withCertificate('system:node:n1', 'others');
  await create('/api/v1/nodes', { metadata: { name: 'n2' } });
  for (const name of ['mine', 'theirs']) {
    await create(`${defaults}/secrets`, { metadata: { name } });
    await create(`${defaults}/configmaps`, { metadata: { name } });
    await create(`${defaults}/serviceaccounts`, { metadata: { name } });
    await create(`${defaults}/pods`, {
      metadata: { name },
      spec: {
        nodeName: name === 'mine' ? 'n1' : 'n2',
        serviceAccountName: name,
        containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name } }] }],
        volumes: [
          { name: 's', secret: { secretName: name } },
          { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } },
        ],
      },
    });
  }
});
afterAll(() => cluster.server.close());

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const lease = (name: string) => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } });
const node = (name: string, labels = {}) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
const nodeUid = async (): Promise<string> => (await cluster.server.send('GET', '/api/v1/nodes/n1')).json().metadata.uid;
const mirror =
  (name: string, nodeName: string, more: object = {}, owner: object = {}) =>
  async () => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      annotations: { 'kubernetes.io/config.mirror': 'x' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: await nodeUid(), controller: true, ...owner }],
    },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }], ...more },
  });
const eviction = (name: string) => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });
const uidOf = async (name: string): Promise<string> => (await cluster.server.send('GET', `${defaults}/pods/${name}`)).json().metadata.uid;
const tokenFor = async (pod: string, spec: object = {}) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod, uid: await uidOf(pod) }, ...spec },
});
const merge = 'application/merge-patch+json';

type Row = [name: string, method: string, path: string, status: number, body?: object | (() => Promise<object>), type?: string];
const rows: Row[] = [
  ['the Secret of its pod', 'GET', `${defaults}/secrets/mine`, 200],
  ['the Secret of a pod elsewhere', 'GET', `${defaults}/secrets/theirs`, 403],
  ['a list of Secrets', 'GET', `${defaults}/secrets`, 403],
  ['a list of the Secret of its pod', 'GET', `${defaults}/secrets?fieldSelector=metadata.name%3Dmine`, 200],
  ['a list of another Secret', 'GET', `${defaults}/secrets?fieldSelector=metadata.name%3Dtheirs`, 403],
  ['an old watch of another Secret', 'GET', '/api/v1/watch/namespaces/default/secrets/theirs', 403],
  ['a change of the Secret of its pod', 'PATCH', `${defaults}/secrets/mine`, 403, {}, merge],
  ['the ConfigMap of its pod', 'GET', `${defaults}/configmaps/mine`, 200],
  ['the ConfigMap of a pod elsewhere', 'GET', `${defaults}/configmaps/theirs`, 403],
  ['the account of its pod', 'GET', `${defaults}/serviceaccounts/mine`, 200],
  ['the account of a pod elsewhere', 'GET', `${defaults}/serviceaccounts/theirs`, 403],
  ['its own pods', 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', 200],
  ['another node’s pods', 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2', 403],
  ['pods that are not its own', 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%21%3Dn1', 403],
  ['all pods', 'GET', '/api/v1/pods', 403],
  ['a watch of all pods', 'GET', '/api/v1/pods?watch=true', 403],
  ['a list of its pod', 'GET', `${defaults}/pods?fieldSelector=metadata.name%3Dmine`, 200],
  ['a list of a pod elsewhere', 'GET', `${defaults}/pods?fieldSelector=metadata.name%3Dtheirs`, 403],
  ['all nodes', 'GET', '/api/v1/nodes', 403],
  ['all namespaces', 'GET', '/api/v1/namespaces', 403],
  ['all endpoint slices', 'GET', '/apis/discovery.k8s.io/v1/endpointslices', 403],
  ['itself', 'GET', '/api/v1/nodes/n1', 200],
  ['a change of itself', 'PATCH', '/api/v1/nodes/n1', 200, { metadata: { labels: { own: 'a' } } }, merge],
  ['a change of another node', 'PATCH', '/api/v1/nodes/n2', 403, { metadata: { labels: { own: 'a' } } }, merge],
  ['a change of another node’s status', 'PATCH', '/api/v1/nodes/n2/status', 403, { status: {} }, merge],
  [
    'a label that isolates workloads',
    'PATCH',
    '/api/v1/nodes/n1',
    403,
    { metadata: { labels: { 'node-restriction.kubernetes.io/a': 'b' } } },
    merge,
  ],
  ['a role of its own', 'PATCH', '/api/v1/nodes/n1', 403, { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } }, merge],
  ['a taint', 'PATCH', '/api/v1/nodes/n1', 403, { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }, merge],
  [
    'an owner of itself',
    'PATCH',
    '/api/v1/nodes/n1',
    403,
    { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u' }] } },
    merge,
  ],
  ['another node', 'POST', '/api/v1/nodes', 403, node('n3')],
  ['an end of itself', 'DELETE', '/api/v1/nodes/n1', 403],
  ['its lease', 'POST', leases, 201, lease('n1')],
  ['another lease', 'POST', leases, 403, lease('n2')],
  ['a lease elsewhere', 'POST', '/apis/coordination.k8s.io/v1/namespaces/default/leases', 403, lease('n1')],
  ['all leases', 'GET', leases, 403],
  [
    'a pod that is no mirror',
    'POST',
    `${defaults}/pods`,
    403,
    { metadata: { name: 'm1' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] } },
  ],
  ['a mirror pod', 'POST', `${defaults}/pods`, 201, mirror('m0', 'n1')],
  ['a mirror pod of another owner', 'POST', `${defaults}/pods`, 403, mirror('m7', 'n1', {}, { name: 'n2' })],
  ['a mirror pod of another node of its name', 'POST', `${defaults}/pods`, 403, mirror('m8', 'n1', {}, { uid: 'u' })],
  ['a mirror pod that it does not control', 'POST', `${defaults}/pods`, 403, mirror('m9', 'n1', {}, { controller: false })],
  ['a mirror pod elsewhere', 'POST', `${defaults}/pods`, 403, mirror('m2', 'n2')],
  [
    'a mirror pod with a Secret',
    'POST',
    `${defaults}/pods`,
    403,
    mirror('m3', 'n1', { volumes: [{ name: 's', secret: { secretName: 'theirs' } }] }),
  ],
  [
    'a mirror pod with a ConfigMap',
    'POST',
    `${defaults}/pods`,
    403,
    mirror('m4', 'n1', { volumes: [{ name: 's', configMap: { name: 'theirs' } }] }),
  ],
  [
    'a mirror pod with a claim',
    'POST',
    `${defaults}/pods`,
    403,
    mirror('m5', 'n1', { volumes: [{ name: 's', persistentVolumeClaim: { claimName: 'a' } }] }),
  ],
  ['a mirror pod with an account', 'POST', `${defaults}/pods`, 403, mirror('m6', 'n1', { serviceAccountName: 'theirs' })],
  ['the status of its pod', 'PATCH', `${defaults}/pods/mine/status`, 200, { status: { message: 'm' } }, merge],
  ['labels by the status of its pod', 'PATCH', `${defaults}/pods/mine/status`, 403, { metadata: { labels: { a: 'b' } } }, merge],
  ['the status of a pod elsewhere', 'PATCH', `${defaults}/pods/theirs/status`, 403, { status: { message: 'm' } }, merge],
  ['a change of its pod', 'PATCH', `${defaults}/pods/mine`, 403, { metadata: { labels: { a: 'b' } } }, merge],
  ['its own pod’s inside', 'GET', `${defaults}/pods/mine/exec?command=ls`, 403],
  ['an eviction elsewhere', 'POST', `${defaults}/pods/theirs/eviction`, 403, eviction('theirs')],
  ['an end of a pod elsewhere', 'DELETE', `${defaults}/pods/theirs`, 403],
  ['a token for its pod', 'POST', `${defaults}/serviceaccounts/mine/token`, 201, () => tokenFor('mine')],
  [
    'a token for its pod’s audience',
    'POST',
    `${defaults}/serviceaccounts/mine/token`,
    201,
    () => tokenFor('mine', { audiences: ['vault'] }),
  ],
  [
    'a token for an audience that its pod does not name',
    'POST',
    `${defaults}/serviceaccounts/mine/token`,
    403,
    () => tokenFor('mine', { audiences: ['bank'] }),
  ],
  [
    'a token for two audiences',
    'POST',
    `${defaults}/serviceaccounts/mine/token`,
    403,
    () => tokenFor('mine', { audiences: ['vault', 'bank'] }),
  ],
  ['a token for a pod elsewhere', 'POST', `${defaults}/serviceaccounts/theirs/token`, 403, () => tokenFor('theirs')],
  ['a token for no pod', 'POST', `${defaults}/serviceaccounts/mine/token`, 403, { spec: {} }],
  ['deployments', 'GET', '/apis/apps/v1/namespaces/default/deployments', 403],
  ['roles', 'GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles', 403],
  ['another node’s kubelet', 'GET', '/api/v1/nodes/n2/proxy/pods', 403],
];

const send = async (who: CertificateAndKey, [, method, path, , given, type = 'application/json']: Row) => {
  const body = typeof given === 'function' ? await given() : given;
  return cluster.server.send(method, path, {
    as: who,
    headers: { 'content-type': type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
};

describe('a kubelet asks for', () => {
  test.each(rows)('%s', async (...row) => {
    const answer = await send(kubelet, row);
    expect([answer.status, answer.status === row[3] ? '' : answer.body.toString()]).toEqual([row[3], '']);
  });

  test('an eviction of its own pod', async () => {
    expect((await send(kubelet, ['', 'POST', `${defaults}/pods/mine/eviction`, 201, eviction('mine')])).status).toBe(201);
  });
});

test('the name of a node without its group is nobody', async () => {
  const outcomes = await Promise.all(rows.map(async (row) => [row[0], (await send(alone, row)).status] as const));
  expect(outcomes.filter(([, status]) => status !== 403)).toEqual([]);
});
