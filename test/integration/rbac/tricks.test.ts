import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asked, defaults, marker, type RbacCluster, startRbacCluster } from './cluster.ts';

let cluster: RbacCluster;
let token: string;
beforeAll(async () => {
  cluster = await startRbacCluster();
  await cluster.allow('reader', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  token = await cluster.tokenOf('reader');
});
afterAll(() => cluster.server.close());

const secrets = `${defaults}/secrets`;
const pod = `${defaults}/pods/x`;

describe('a path that is not what it seems is refused', () => {
  const paths: string[] = [
    `/${secrets}/x`,
    `${secrets}//x`,
    `/api//v1/namespaces/default/secrets/x`,
    `/api/v1//namespaces/default/secrets/x`,
    `${secrets}/`,
    `/api/v1/namespaces//secrets`,
    `/api/v1/namespaces/default/pods/../secrets/x`,
    `/api/v1/namespaces/default/pods/%2e%2e/secrets/x`,
    `/api/v1/namespaces/default/pods%2f..%2fsecrets%2fx`,
    `/api/v1/namespaces/default%2fsecrets/x`,
    `/api/v1/namespaces/default%2fsecrets%2fx`,
    `/api/v1/namespaces/other/pods/../../default/secrets/x`,
    `/api/v1/namespaces/default/../other/pods/x`,
    `/api/v1/namespaces/%6fther/pods/x`,
    `${pod}/../../secrets/x`,
    `${pod}/%2e%2e/%2e%2e/secrets/x`,
    `${pod};/../secrets/x`,
    `/healthz/..${secrets}/x`,
    `/version/..${secrets}`,
    `/api/..${secrets}/x`,
    `/apis/..${secrets}/x`,
    `/apis/apps/v1/../../..${secrets}/x`,
    `/API/V1/namespaces/default/secrets/x`,
    `/api/v1/Namespaces/default/pods/x`,
    `/api/v1/namespaces/Default/pods/x`,
    `/api/v1/namespaces/default/Pods/x`,
    `/api/v1/namespaces/default/PODS/x`,
    `/api/v1/namespaces/default/pod/x`,
    `/api/v1/namespaces/default/po/x`,
    `/api/v1/pods/x`,
    `/api/v1/namespaces/default/pods`,
    `/api/v1/namespaces/default/pods/?x`,
    `/apis/v1/namespaces/default/pods/x`,
    `/apis//v1/namespaces/default/pods/x`,
    `/apis/core/v1/namespaces/default/pods/x`,
    `/api/v2/../v1/namespaces/default/secrets/x`,
    `/api/v1/proxy/namespaces/default/pods/x`,
    `/api/v1/proxy/nodes/n1/metrics`,
    `/api/v1/watch/namespaces/default/pods/x`,
    `/api/v1/watch/watch/namespaces/default/secrets`,
    `${pod}/proxy`,
    `${pod}/proxy/`,
    `${pod}/proxy/../../../secrets/x`,
    `${pod}:80/proxy/`,
    `${defaults}/pods/http:x:80/proxy/`,
    `${defaults}/services/x/proxy/`,
    `${defaults}/services/https:x:80/proxy/a`,
    `/api/v1/nodes/n1/proxy/`,
    `/api/v1/nodes/n1:10250/proxy/pods`,
    `/api/v1/nodes/n1/proxy/run/default/x/c`,
    `${pod}/log`,
    `${pod}/%6cog`,
    `${pod}/LOG`,
    `${pod}/exec?command=ls`,
    `${pod}/status`,
    `${pod}/ephemeralcontainers`,
    `${pod}/resize`,
    `${pod}/x/y/z`,
    `/apis/remote.example.com/v1/namespaces/default/pods/x`,
    `/apis/remote.example.com/v1/../../apps/v1/deployments`,
    `/apis/example.com/v1/namespaces/default/widgets`,
    `http://127.0.0.1${secrets}/x`,
    `https://127.0.0.1/api/v1/secrets`,
    `/api/v1/namespaces/default/secrets/x#/pods/x`,
    `/api/v1/namespaces/default/secrets/x?/pods/x`,
    `/api/v1/secrets?namespace=default&resource=pods`,
    `/api/v1/secrets?fieldSelector=metadata.name%3Dx`,
    `/api/v1/secrets?fieldSelector=metadata.name%3Dx&fieldSelector=metadata.name%3Dy`,
    `${secrets}?labelSelector=a%3Db&limit=1`,
    `${secrets}?continue=${Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: -1, start: 'a' })).toString('base64url')}`,
    `${secrets}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  ];
  test.each(paths)('%s', async (path) => {
    const answer = await cluster.as(token, 'GET', path);
    expect(answer.body.toString()).not.toContain(marker);
    expect(answer.status).toBe(403);
  });
});

describe('a path that the account may ask for leads to nothing else', () => {
  const rows: [path: string, status: number][] = [
    // Escaped slashes are slashes (Go's server decodes before anybody looks): the first is a subresource, the second the pod itself.
    ['/api/v1/namespaces/default/pods/..%2fsecrets%2fx', 403],
    ['/api/v1/namespaces/default%2fpods/x', 200],
    ['/api/v1/namespaces/default/pods/x%00', 404],
    ['/api/v1/namespaces/default/pods/%78', 200],
    ['/api/v1/namespaces/default/pods/x?watch=1&fieldSelector=metadata.name%3Dy', 200],
    ['/api/V1/namespaces/default/pods/x', 404],
    [`/openapi/..${secrets}/x`, 404],
    [`/openapi/v3/..%2f..${secrets}`, 404],
    [`/apis/..%2f..${secrets}`, 403],
    ['\\api\\v1\\secrets', 400],
  ];
  test.each(rows)('%s', async (path, status) => {
    const answer = await cluster.as(token, 'GET', path);
    expect(answer.body.toString()).not.toContain(marker);
    expect(answer.status).toBe(status);
  });
});

describe('saying to be somebody else is refused', () => {
  const rows: [name: string, status: number, asked: Asked][] = [
    ['as the admin', 403, { headers: { 'impersonate-user': 'kubernetes-admin' } }],
    [
      'as a group of all rights',
      403,
      { headers: { 'impersonate-user': 'system:serviceaccount:default:reader', 'impersonate-group': 'system:masters' } },
    ],
    ['as another account', 403, { headers: { 'impersonate-user': 'system:serviceaccount:kube-system:default' } }],
    ['as oneself', 403, { headers: { 'impersonate-user': 'system:serviceaccount:default:reader' } }],
    ['as a node', 403, { headers: { 'impersonate-user': 'system:node:n1', 'impersonate-group': 'system:nodes' } }],
    ['as nobody', 403, { headers: { 'impersonate-user': 'system:anonymous' } }],
    // As upstream: a group without a user is an error, not a refusal.
    ['as a group alone', 500, { headers: { 'impersonate-group': 'system:masters' } }],
    ['by the front proxy’s headers', 403, { headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' } }],
    ['by an overridden method', 403, { headers: { 'x-http-method-override': 'GET' } }],
    ['by the name of a proxy', 403, { headers: { 'x-forwarded-for': '127.0.0.1', 'x-original-url': pod } }],
    ['with a token that was changed', 401, { headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.' } }],
    ['with a password', 403, { headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } }],
  ];
  test.each(rows)('%s', async (_name, status, asked) => {
    const answer = await cluster.as(token, 'GET', `${secrets}/x`, asked);
    expect(answer.body.toString()).not.toContain(marker);
    expect(answer.status).toBe(status);
  });

  test('with a token in the query', async () => {
    expect((await cluster.as(undefined, 'GET', `${pod}?access_token=${token}&token=${token}`)).status).toBe(403);
  });
});

describe('writes that reach further than they look are refused', () => {
  const account = `${defaults}/serviceaccounts/default`;
  const rows: [name: string, method: string, path: string, asked: Asked][] = [
    ['an eviction', 'POST', `${pod}/eviction`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'x' } } }],
    [
      'a binding',
      'POST',
      `${pod}/binding`,
      { body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'x' }, target: { kind: 'Node', name: 'n1' } } },
    ],
    ['a binding of its own', 'POST', `${defaults}/bindings`, { body: { metadata: { name: 'x' }, target: { name: 'n1' } } }],
    ['a token of another account', 'POST', `${account}/token`, { body: { spec: {} } }],
    ['a scale', 'PUT', `/apis/apps/v1/namespaces/default/deployments/x/scale`, { body: { spec: { replicas: 9 } } }],
    [
      'a debugging container',
      'PATCH',
      `${pod}/ephemeralcontainers`,
      { body: {}, headers: { 'content-type': 'application/strategic-merge-patch+json' } },
    ],
    [
      'an apply of a new object',
      'PATCH',
      `${defaults}/pods/new?fieldManager=a`,
      { body: {}, headers: { 'content-type': 'application/apply-patch+yaml' } },
    ],
    ['a write through a watch path', 'POST', `/api/v1/watch/namespaces/default/pods`, { body: {} }],
    ['a delete of all', 'DELETE', `${defaults}/pods`, {}],
    ['a delete of all but in name', 'DELETE', `${defaults}/pods?fieldSelector=metadata.name%3Dx`, {}],
    ['an approval', 'PUT', `/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval`, { body: {} }],
    ['a finalization', 'PUT', `/api/v1/namespaces/default/finalize`, { body: {} }],
    ['a broken body', 'PUT', pod, { headers: { 'content-type': 'application/xml' }, body: {} }],
  ];
  test.each(rows)('%s', async (_name, method, path, asked) => {
    expect((await cluster.as(token, method, path, asked)).status).toBe(403);
  });
});

describe('switching protocols', () => {
  const websocket = { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
  const paths = [
    `${pod}/exec?command=ls`,
    `${pod}/attach`,
    `${pod}/portforward`,
    `${pod}/proxy/`,
    `${defaults}/services/x/proxy/`,
    `/api/v1/nodes/n1/proxy/exec`,
    pod,
    `${defaults}/pods?watch=1`,
    `${secrets}/x`,
    '/metrics',
    '/apis/remote.example.com/v1/things',
  ];
  test.each(paths.filter((path) => path !== pod))('%s is refused', async (path) => {
    expect(await cluster.upgrade(token, path, websocket)).toBe(403);
    expect(await cluster.upgrade(token, path, { upgrade: 'SPDY/3.1' })).toBe(403);
    expect(await cluster.upgrade(undefined, path, websocket)).toBe(403);
  });

  test('a token among the protocols of a WebSocket counts', async () => {
    const bearer = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
    const named = { ...websocket, 'sec-websocket-protocol': `${bearer}, v4.channel.k8s.io` };
    // Known, and still not allowed to: the refusal of nobody would be the same, so another account's is compared.
    await cluster.allow('runner', [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get'] }]);
    const runner = await cluster.tokenOf('runner');
    const own = `base64url.bearer.authorization.k8s.io.${Buffer.from(runner).toString('base64url')}`;
    expect(await cluster.upgrade(undefined, `${pod}/exec?command=ls`, named)).toBe(403);
    expect(
      await cluster.upgrade(undefined, `${pod}/exec?command=ls`, { ...websocket, 'sec-websocket-protocol': `${own}, v4.channel.k8s.io` }),
    ).toBe(400);
    expect(await cluster.upgrade(undefined, `${pod}/exec?command=ls`, { ...websocket, 'sec-websocket-protocol': own })).toBe(401);
  });
});
