import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { createCA, issueCert } from '../../../src/util/pki.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** An aggregated API: a server of its own behind a Service, which trusts only what the front proxy's certificate says. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
let server: Server;
let caBundle: string;
let port: number;
const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];

const group = 'wardle.example.com';
const flunder = (name: string) => ({
  apiVersion: `${group}/v1alpha1`,
  kind: 'Flunder',
  metadata: { name, namespace: 'default', uid: 'u1', resourceVersion: '1' },
});

function answer(method: string, path: string): [number, unknown] {
  const base = `/apis/${group}/v1alpha1`;
  const verbs = ['create', 'delete', 'get', 'list'];
  if (path === base) {
    const resource = { name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs, shortNames: ['fl'] };
    return [200, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/v1alpha1`, resources: [resource] }];
  }
  if (method === 'POST') return [201, flunder('made')];
  if (path === `${base}/namespaces/default/flunders`) {
    return [
      200,
      { kind: 'FlunderList', apiVersion: `${group}/v1alpha1`, metadata: { resourceVersion: '1' }, items: [flunder('a'), flunder('b')] },
    ];
  }
  if (path.endsWith('/flunders/a')) return [200, flunder('a')];
  return [
    404,
    {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      code: 404,
      message: 'flunders.wardle.example.com not found',
    },
  ];
}

beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1 });
  kubectl = cluster.kubectl;
  const config = await cluster.client.get(kinds.ConfigMap, 'extension-apiserver-authentication', 'kube-system');
  const ca = await createCA('wardle-ca');
  caBundle = Buffer.from(ca.cert).toString('base64');
  const serving = await issueCert(ca, { commonName: 'api', dnsNames: ['api.default.svc'], usages: ['server'] });
  server = createServer(
    {
      cert: serving.cert,
      key: serving.key,
      ca: config.data?.['requestheader-client-ca-file'] ?? '',
      requestCert: true,
      rejectUnauthorized: false,
    },
    (incoming, response) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      incoming.on('end', () => {
        const socket = incoming.socket as TLSSocket;
        const trusted = socket.authorized && socket.getPeerCertificate().subject.CN === 'front-proxy-client';
        const url = incoming.url ?? '';
        seen.push({ method: incoming.method ?? '', url, headers: incoming.headers, body });
        const [status, value] = trusted ? answer(incoming.method ?? '', url.replace(/\?.*/, '')) : [401, { kind: 'Status', code: 401 }];
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(value));
      });
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '0.0.0.0', resolve);
  });
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cluster.stop();
});

const apiService = (): string => `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1alpha1.${group}}
spec:
  group: ${group}
  version: v1alpha1
  groupPriorityMinimum: 1000
  versionPriority: 15
  service: {namespace: default, name: api}
  caBundle: ${caBundle}
`;
const condition = (): Promise<string> =>
  kubectl(['get', 'apiservice', `v1alpha1.${group}`, '-o', 'jsonpath={.status.conditions[?(@.type=="Available")].reason}']);

/** An address of this machine that an EndpointSlice may name. */
async function ownAddress(): Promise<string> {
  const { networkInterfaces } = await import('node:os');
  const found = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && one.family === 'IPv4' && !one.internal);
  if (found === undefined) throw new Error('this machine has no address but the loopback');
  return found.address;
}

describe('an aggregated API', () => {
  it('is unavailable without its Service, and says so', async () => {
    await kubectl('apply -f -', apiService());
    await expect.poll(condition, { timeout: 10_000 }).toBe('ServiceNotFound');
    const { stderr } = await kubectl.try('get flunders.v1alpha1.wardle.example.com');
    expect(stderr).toMatch(/doesn't have a resource type|unable to handle the request|service unavailable/);
    expect((await kubectl.try(`get --raw /apis/${group}/v1alpha1`)).stderr).toContain(
      'the server is currently unable to handle the request',
    );
  });

  it('becomes available when its server answers', async () => {
    await kubectl(
      'apply -f -',
      `
apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {ports: [{name: https, port: 443, targetPort: ${port}}]}
`,
    );
    await expect.poll(condition, { timeout: 10_000 }).toBe('EndpointsNotFound');
    await kubectl(
      'apply -f -',
      `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: api-1, namespace: default, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
endpoints: [{addresses: ["${await ownAddress()}"], conditions: {ready: true}}]
ports: [{name: https, port: ${port}, protocol: TCP}]
`,
    );
    await kubectl(`wait apiservice v1alpha1.${group} --for=condition=Available --timeout=20s`);
    expect(await condition()).toBe('Passed');
  });

  it('is found by kubectl like any other', async () => {
    expect(await kubectl(`api-resources --api-group=${group} --no-headers`)).toMatch(
      /^flunders\s+fl\s+wardle.example.com\/v1alpha1\s+true\s+Flunder/,
    );
    expect(await kubectl('get fl -o name')).toBe('flunder.wardle.example.com/a\nflunder.wardle.example.com/b\n');
    expect(await kubectl('get flunder a -o name')).toBe('flunder.wardle.example.com/a\n');
    expect((await kubectl.try('get flunder nothing')).stderr).toContain('NotFound');
    expect(await kubectl('api-versions')).toContain(`${group}/v1alpha1\n`);
    expect(JSON.parse(await kubectl(`get --raw /apis/${group}`))).toMatchObject({ preferredVersion: { version: 'v1alpha1' } });
  });

  it('is told who asks, and gets bodies as they were sent', async () => {
    const body = JSON.stringify({ apiVersion: `${group}/v1alpha1`, kind: 'Flunder', metadata: { name: 'made' } });
    await kubectl('create -f - --validate=false', body);
    const post = seen.filter(({ method }) => method === 'POST').at(-1);
    expect(post?.headers).toMatchObject({ 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters, system:authenticated' });
    expect(post?.headers['authorization']).toBeUndefined();
    expect(JSON.parse(post?.body ?? '')).toMatchObject({ kind: 'Flunder', metadata: { name: 'made' } });
  });

  it('is closed to those who may not, before it is asked', async () => {
    const before = seen.length;
    const { stderr } = await kubectl.try(`get --raw /apis/${group}/v1alpha1/namespaces/default/flunders --as=nobody`);
    expect(stderr).toContain('forbidden');
    expect(seen.length).toBe(before);
  });

  it('is listed beside the local ones, which are always available', async () => {
    const lines = (await kubectl('get apiservices --no-headers')).trim().split('\n');
    expect(lines.find((line) => line.startsWith('v1.apps '))).toMatch(/^v1\.apps\s+Local\s+True/);
    expect(lines.find((line) => line.startsWith('v1alpha1.wardle'))).toMatch(/default\/api\s+True/);
    expect(lines.some((line) => line.includes('apiregistration'))).toBe(false);
    await kubectl('delete apiservice v1.apps');
    await expect.poll(() => kubectl.try('get apiservice v1.apps').then(({ code }) => code), { timeout: 5000 }).toBe(0);
  });

  it('goes with its APIService', async () => {
    await kubectl(`delete apiservice v1alpha1.${group}`);
    expect((await kubectl.try(`get --raw /apis/${group}/v1alpha1`)).stderr).toContain('NotFound');
    expect(await kubectl('api-versions')).not.toContain(group);
  });
});
