import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { issueCert } from '../../../src/util/pki.ts';
import { type HttpsServer, startHttpsServer } from '../apiserver/fixture.ts';

interface Review {
  apiVersion: string;
  kind: string;
  request: { uid: string; desiredAPIVersion: string; objects: Host[] };
}
interface Host {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec: { hostPort?: string; host?: string; port?: string };
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const old = '/apis/net.example.com/v1/namespaces/default/hosts';
const current = '/apis/net.example.com/v2/namespaces/default/hosts';
let server: HttpsServer;
let webhook: Server;
let reviews: Review[];
/** What the webhook makes of a review; tests put their own in. */
let answer: (review: Review) => unknown;

/** v1 has `hostPort: a:1`, v2 `host: a` and `port: 1`. */
function convert(review: Review): unknown {
  const convertedObjects = review.request.objects.map((object) => {
    const { hostPort, host, port } = object.spec;
    const [first, second] = (hostPort ?? '').split(':');
    const spec = review.request.desiredAPIVersion.endsWith('/v1') ? { hostPort: `${host}:${port}` } : { host: first, port: second };
    return { ...object, apiVersion: review.request.desiredAPIVersion, spec: hostPort === undefined && host === undefined ? {} : spec };
  });
  return { ...review, request: undefined, response: { uid: review.request.uid, result: { status: 'Success' }, convertedObjects } };
}

const send = async (method: string, path: string, object?: unknown, type = 'application/json') => {
  const body = object === undefined ? {} : { body: JSON.stringify(object), headers: { 'content-type': type } };
  const { status, json } = await server.send(method, path, body);
  return { status, body: json() };
};
const host = (name: string, version: string, spec: Host['spec']): Host => ({
  apiVersion: `net.example.com/${version}`,
  kind: 'Host',
  metadata: { name },
  spec,
});
const merge = 'application/merge-patch+json';

beforeAll(async () => {
  server = await startHttpsServer();
  webhook = createServer(
    await issueCert(server.ca, { commonName: 'webhook', dnsNames: ['localhost'], usages: ['server'] }),
    (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
        reviews.push(review);
        response.end(JSON.stringify(answer(review)));
      });
    },
  );
  webhook.listen(0, '127.0.0.1');
  await once(webhook, 'listening');
  const { port } = webhook.address() as AddressInfo;
  const text = { type: 'string' };
  const version = (name: string, storage: boolean, properties: Record<string, unknown>) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
  });
  await send('POST', definitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'hosts.net.example.com' },
    spec: {
      group: 'net.example.com',
      scope: 'Namespaced',
      names: { plural: 'hosts', kind: 'Host' },
      versions: [version('v1', true, { hostPort: text }), version('v2', false, { host: text, port: text })],
      conversion: {
        strategy: 'Webhook',
        webhook: {
          conversionReviewVersions: ['v1'],
          clientConfig: { url: `https://localhost:${port}/convert`, caBundle: Buffer.from(server.ca.cert).toString('base64') },
        },
      },
    },
  });
  while ((await send('GET', old)).status !== 200);
});
afterAll(async () => {
  webhook.closeAllConnections();
  webhook.close();
  await server.close();
});
beforeEach(() => {
  reviews = [];
  answer = convert;
});

test('written in one version, read, listed and changed in the other', async () => {
  expect((await send('POST', old, host('a', 'v1', { hostPort: 'x:1' }))).status).toBe(201);
  expect(reviews).toEqual([]);
  expect((await send('GET', `${current}/a`)).body.spec).toEqual({ host: 'x', port: '1' });
  expect((await send('POST', current, host('b', 'v2', { host: 'y', port: '2' }))).body.spec).toEqual({ host: 'y', port: '2' });
  expect((await send('GET', `${old}/b`)).body.spec).toEqual({ hostPort: 'y:2' });
  const patched = await send('PATCH', `${current}/a`, { spec: { port: '9' } }, merge);
  expect(patched.body.spec).toEqual({ host: 'x', port: '9' });
  expect((await send('GET', `${old}/a`)).body.spec).toEqual({ hostPort: 'x:9' });
  const { items } = (await send('GET', current)).body as { items: Host[] };
  expect(items.map(({ apiVersion, spec }) => [apiVersion, spec.host])).toEqual([
    ['net.example.com/v2', 'x'],
    ['net.example.com/v2', 'y'],
  ]);
  expect(reviews.every(({ apiVersion, kind }) => apiVersion === 'apiextensions.k8s.io/v1' && kind === 'ConversionReview')).toBe(true);
});

test('a list asks once for all that it has to convert', async () => {
  for (const name of ['l1', 'l2', 'l3'])
    await send('POST', old, { ...host(name, 'v1', { hostPort: 'z:1' }), metadata: { name, labels: { list: 'yes' } } });
  await send('GET', current);
  expect(reviews.map(({ request }) => request.objects.length)).toEqual([3]);
});

test('failures are told, and change nothing', async () => {
  await send('POST', old, host('f', 'v1', { hostPort: 'q:1' }));
  const failure = async (): Promise<string> => {
    const { status, body } = await send('GET', `${current}/f`);
    expect(status).toBe(500);
    return (body as { message: string }).message;
  };
  answer = (review) => ({
    ...review,
    response: { uid: review.request.uid, result: { status: 'Failed', message: 'no such luck' }, convertedObjects: [] },
  });
  expect(await failure()).toBe('conversion webhook for net.example.com/v1, Kind=Host failed: no such luck');
  answer = (review) => ({ ...review, response: { uid: 'other', result: { status: 'Success' }, convertedObjects: [] } });
  expect(await failure()).toContain('expected response.uid=');
  answer = (review) => ({ ...review, response: { uid: review.request.uid, result: { status: 'Success' }, convertedObjects: [] } });
  expect(await failure()).toBe('conversion webhook for net.example.com/v1, Kind=Host returned 0 objects, expected 1');
  answer = (review) => {
    const good = convert(review) as { response: { convertedObjects: Host[] } };
    for (const object of good.response.convertedObjects) object.metadata.name = 'renamed';
    return good;
  };
  expect(await failure()).toContain('returned invalid object: must have the same name: f != renamed');
  answer = convert;
  expect((await send('GET', `${current}/f`)).body.spec).toEqual({ host: 'q', port: '1' });
});
