import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpAnswer, type HttpsServer, startHttpsServer } from './fixture.ts';

/**
 * The requests of the official Python client (urllib3 below it) where they differ from those of Go's clients: headers on
 * everything, truth values as Python writes them, discovery without aggregation, bodies with deletes.
 */
let server: HttpsServer;
beforeAll(async () => {
  server = await startHttpsServer();
  await python('POST', configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', labels: { app: 'a' } },
    data: { a: '1' },
  });
});
afterAll(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';
const headers = { accept: 'application/json', 'user-agent': 'OpenAPI-Generator/36.0.0/python', 'content-type': 'application/json' };
function python(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<HttpAnswer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  // Node itself does not say how long the body of a delete is.
  const length: Record<string, string> = text === '' ? {} : { 'content-length': String(Buffer.byteLength(text)) };
  return server.send(method, path, { headers: { ...headers, ...length, ...more }, ...(text === '' ? {} : { body: text }) });
}

describe('truth values', () => {
  it('watch=True is a watch, ended by its timeout', async () => {
    const answer = await python('GET', `${configMaps}?watch=True&allowWatchBookmarks=True&timeoutSeconds=1&resourceVersion=0`);
    const [first] = answer.body.toString().split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'settings' } } });
  });

  it('watch=False is a list', async () => {
    expect((await python('GET', `${configMaps}?watch=False`)).json().kind).toBe('ConfigMapList');
  });

  it('pretty=True indents', async () => {
    expect((await python('GET', `${configMaps}/settings?pretty=True`)).body.toString()).toContain('\n  "kind": "ConfigMap"');
  });
});

describe('patches', () => {
  const types: [body: unknown, type: string, data: Record<string, string>][] = [
    [[{ op: 'add', path: '/data/b', value: '2' }], 'application/json-patch+json', { a: '1', b: '2' }],
    [{ data: { b: null, c: '3' } }, 'application/strategic-merge-patch+json', { a: '1', c: '3' }],
    [{ data: { c: null } }, 'application/merge-patch+json', { a: '1' }],
  ];
  it.each(types)('%j is taken as %s', async (body, type, data) => {
    const answer = await python('PATCH', `${configMaps}/settings`, body, { 'content-type': type });
    expect([answer.status, answer.json().data]).toEqual([200, data]);
  });

  it('server-side apply by the dynamic client: JSON under the YAML type, force=True', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: '9' } };
    const type = { 'content-type': 'application/apply-patch+yaml' };
    const path = `${configMaps}/settings?fieldManager=python`;
    expect((await python('PATCH', path, body, type)).status).toBe(409);
    expect((await python('PATCH', `${path}&force=False`, body, type)).status).toBe(409);
    expect((await python('PATCH', `${path}&force=True`, body, type)).json().data).toEqual({ a: '9' });
  });

  it('a patch with the type of an object is refused with the types that there are', async () => {
    const { status, json } = await python('PATCH', `${configMaps}/settings`, { data: {} });
    expect([status, json().message]).toEqual([
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    ]);
  });
});

describe('the dynamic client’s discovery', () => {
  it('finds every kind from /version, /api and /apis down', async () => {
    expect((await python('GET', '/version')).json()).toMatchObject({ major: '1', minor: '36' });
    expect((await python('GET', '/api')).json()).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const core = (await python('GET', '/api/v1')).json();
    expect(core).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
    const { groups } = (await python('GET', '/apis')).json();
    const found = new Set<string>();
    for (const { name, versions, preferredVersion } of groups) {
      expect(versions.map(({ version }: { version: string }) => version)).toContain(preferredVersion.version);
      for (const { groupVersion } of versions) {
        const list = (await python('GET', `/apis/${groupVersion}`)).json();
        expect([list.kind, list.groupVersion]).toEqual(['APIResourceList', groupVersion]);
        for (const { kind, verbs, namespaced, singularName } of list.resources) {
          expect([typeof kind, Array.isArray(verbs), typeof namespaced, typeof singularName]).toEqual([
            'string',
            true,
            'boolean',
            'string',
          ]);
          found.add(`${name} ${kind}`);
        }
      }
    }
    expect([...found]).toEqual(expect.arrayContaining(['apps Deployment', 'apps Scale', 'batch CronJob', 'events.k8s.io Event']));
  });
});

describe('answers that are read as they come', () => {
  it('a delete with an empty DeleteOptions, and one without a body', async () => {
    for (const body of [
      {},
      undefined,
      { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' },
    ]) {
      await python('POST', configMaps, { metadata: { name: 'short' } });
      const answer = await python('DELETE', `${configMaps}/short`, body);
      expect([answer.status, answer.json().kind]).toEqual([200, 'Status']);
    }
  });

  it('a body without kind and version is taken for what the path says', async () => {
    const { status, json } = await python('POST', configMaps, { metadata: { generateName: 'made-' } });
    expect([status, json().kind, json().apiVersion]).toEqual([201, 'ConfigMap', 'v1']);
  });

  it('names its changes after itself', async () => {
    const { json } = await python('POST', configMaps, { metadata: { name: 'mine' }, data: { a: '1' } });
    expect(json().metadata.managedFields).toMatchObject([{ manager: 'OpenAPI-Generator', operation: 'Update' }]);
  });

  it('a watch without preloading: lines arrive while it goes on', async () => {
    const { metadata } = (await python('GET', configMaps)).json();
    const line = new Promise<string>((resolve, reject) => {
      const path = `${configMaps}?watch=True&resourceVersion=${metadata.resourceVersion}`;
      const { cert, key } = server.admin;
      const outgoing = request(
        { host: '127.0.0.1', port: server.port, path, headers, ca: server.ca.cert, cert, key, agent: false },
        (incoming) => {
          expect(incoming.headers['transfer-encoding']).toBe('chunked');
          incoming.once('data', (chunk: Buffer) => {
            resolve(chunk.toString());
            outgoing.destroy();
          });
          void python('POST', configMaps, { metadata: { name: 'streamed' } });
        },
      );
      outgoing.once('error', reject);
      outgoing.end();
    });
    expect(await line).toMatch(/^\{"type":"ADDED","object":\{.*"name":"streamed".*\}\}\n$/);
  });
});
