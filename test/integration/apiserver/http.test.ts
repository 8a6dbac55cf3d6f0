import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { decodeObject, encodeObject } from '../../../src/api/protobuf/envelope.ts';
import { issueCert } from '../../../src/util/pki.ts';
import { type HttpsServer, startHttpsServer } from './fixture.ts';

let server: HttpsServer;
beforeAll(async () => {
  server = await startHttpsServer();
});
afterAll(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';
const json = { 'content-type': 'application/json' };
const configMap = (name: string, data: Record<string, string> = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

test('a request may have a query of hundreds of kilobytes', async () => {
  expect((await server.send('GET', `/version?command=${'a'.repeat(500_000)}`)).status).toBe(200);
});

describe('who asks', () => {
  test('nobody in particular may see the version and the health, and no more', async () => {
    expect((await server.send('GET', '/version', { as: null })).json()).toMatchObject({ major: '1', minor: '36' });
    expect((await server.send('GET', '/readyz', { as: null })).body.toString()).toBe('ok');
    const { status, json: body } = await server.send('GET', '/api/v1/nodes', { as: null });
    expect([status, body().message]).toEqual([
      403,
      'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
    ]);
  });

  test('a certificate names user and groups', async () => {
    const bob = await issueCert(server.ca, { commonName: 'bob', organizations: ['team'], usages: ['client'] });
    const answer = await server.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      as: bob,
      headers: json,
      body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    });
    expect(answer.json().status.userInfo).toMatchObject({ username: 'bob', groups: ['team', 'system:authenticated'] });
  });

  test('a token that does not count is 401', async () => {
    const { status, json: body } = await server.send('GET', configMaps, { as: null, headers: { authorization: 'Bearer nonsense' } });
    expect([status, body().reason]).toEqual([401, 'Unauthorized']);
  });

  test('a service account acts with the token it asked for', async () => {
    await server.create('/api/v1/namespaces/default/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    });
    const path = '/api/v1/namespaces/default/serviceaccounts/robot/token';
    const body = JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { expirationSeconds: 600 },
    });
    const { token } = (await server.send('POST', path, { headers: json, body })).json().status;
    const { status, json: refused } = await server.send('GET', configMaps, { as: null, headers: { authorization: `Bearer ${token}` } });
    expect([status, refused().message]).toEqual([
      403,
      'configmaps is forbidden: User "system:serviceaccount:default:robot" cannot list resource "configmaps" in API group "" in the namespace "default"',
    ]);
  });
});

test('every group that a request asks to act in counts, whatever its name', async () => {
  const { json: body } = await server.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    headers: { ...json, 'impersonate-user': 'jane', 'impersonate-group': ['dev', ',,,odd'] },
    body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
  });
  expect(body().status.userInfo.groups).toEqual(['dev', ',,,odd', 'system:authenticated']);
});

describe('forms', () => {
  test.each([
    ['YAML', configMaps, { accept: 'application/yaml' }],
    ['indented JSON', `${configMaps}?pretty=true`, {}],
  ])('items of a list in %s have no type of their own', async (_name, path, headers) => {
    await server.create(configMaps, JSON.parse(configMap(`listed-${_name.slice(-4).toLowerCase()}`)));
    const { items } = parse((await server.send('GET', path, { headers: headers as Record<string, string> })).body.toString());
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) expect(Object.keys(item)).not.toContain('kind');
  });

  test('a watch in YAML is not to be had', async () => {
    const { status, body } = await server.send('GET', `${configMaps}?watch=1`, { headers: { accept: 'application/yaml' } });
    const types = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
    expect([status, parse(body.toString()).message]).toEqual([406, `only the following media types are accepted: ${types}`]);
  });
});

describe('bodies', () => {
  const refusals: [name: string, body: string | Buffer, type: string, status: number, message: string][] = [
    [
      'broken JSON',
      '{"a":',
      'application/json',
      400,
      'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"a":)',
    ],
    ['a list for an object', '[]', 'application/json', 400, 'cannot unmarshal array'],
    ['an unknown type', '<a/>', 'application/xml', 415, 'the body of the request was in an unknown format'],
    ['too much', Buffer.alloc(3 * 1024 * 1024 + 1, 32), 'application/json', 413, 'Request entity too large: limit is 3145728'],
    ['no protobuf', '{}', 'application/vnd.kubernetes.protobuf', 400, 'expected prefix'],
    [
      'another kind',
      '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}',
      'application/json',
      400,
      'cannot be handled as a ConfigMap',
    ],
  ];
  test.each(refusals)('%s is refused', async (_name, body, type, status, message) => {
    const answer = await server.send('POST', configMaps, { body, headers: { 'content-type': type } });
    expect(answer.json().message).toContain(message);
    expect(answer.status).toBe(status);
  });

  test('of an object that is called proxy are read like others', async () => {
    expect((await server.send('POST', configMaps, { body: configMap('proxy'), headers: json })).status).toBe(201);
    const { status, json: changed } = await server.send('PUT', `${configMaps}/proxy`, {
      body: configMap('proxy', { a: '1' }),
      headers: json,
    });
    expect([status, changed().data]).toEqual([200, { a: '1' }]);
  });

  test('of those who may not are not looked at', async () => {
    const answer = await server.send('POST', configMaps, { body: '{"a":', headers: json, as: null });
    expect(answer.status).toBe(403);
  });

  test('with fields that are not there are warned of in UTF-8', async () => {
    const body = JSON.stringify({ metadata: { name: 'warned' }, größe: 1 });
    const { headers } = await server.send('POST', configMaps, { body, headers: json });
    expect(Buffer.from(headers['warning'] ?? '', 'latin1').toString()).toContain('größe');
  });

  test('come in YAML and in protobuf', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {a: "1"}\n';
    expect((await server.send('POST', configMaps, { body: yaml, headers: { 'content-type': 'application/yaml' } })).status).toBe(201);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'from-protobuf' }, data: { a: '1' } };
    const body = encodeObject(object);
    const answer = await server.send('POST', configMaps, {
      ...(body ? { body } : {}),
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    });
    expect([answer.status, answer.json().data]).toEqual([201, { a: '1' }]);
  });

  test('go out in YAML, in protobuf, indented and compressed where asked', async () => {
    await server.send('POST', configMaps, { body: configMap('big', { text: 'x'.repeat(200_000) }), headers: json });
    const path = `${configMaps}/big`;
    const yaml = await server.send('GET', path, { headers: { accept: 'application/yaml' } });
    expect([yaml.headers['content-type'], parse(yaml.body.toString()).metadata.name]).toEqual(['application/yaml', 'big']);
    expect((await server.send('GET', `${path}?pretty=true`)).body.toString()).toContain('\n  "kind": "ConfigMap"');
    const zipped = await server.send('GET', path, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.body.length).toBeLessThan(10_000);
    expect(JSON.parse(gunzipSync(zipped.body).toString()).metadata.name).toBe('big');
    expect((await server.send('GET', path, { headers: { accept: 'image/png' } })).status).toBe(406);
    const wire = await server.send('GET', path, { headers: { accept: 'application/vnd.kubernetes.protobuf' } });
    expect(wire.headers['content-type']).toBe('application/vnd.kubernetes.protobuf');
    expect(decodeObject(wire.body)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'big' } });
  });

  test('a list that is sent in parts is whole, plain and compressed', async () => {
    const data = { long: 'x'.repeat(100_000) };
    for (const name of ['long-1', 'long-2', 'long-3', 'long-4', 'long-5', 'long-6']) {
      await server.send('POST', configMaps, { headers: json, body: configMap(name, data) });
    }
    const plain = await server.send('GET', configMaps);
    const zipped = await server.send('GET', configMaps, { headers: { 'accept-encoding': 'gzip' } });
    const lists = [plain.json(), JSON.parse(gunzipSync(zipped.body).toString())];
    for (const { items } of lists)
      expect(items.filter((item: { data?: object }) => item.data !== undefined && 'long' in item.data)).toHaveLength(6);
  });

  test('list items leave out what the list says', async () => {
    await server.send('POST', configMaps, { body: configMap('item'), headers: json });
    const { items, kind } = (await server.send('GET', `${configMaps}?fieldSelector=metadata.name%3Ditem`)).json();
    expect(kind).toBe('ConfigMapList');
    expect(items).toHaveLength(1);
    expect(Object.keys(items[0])).toEqual(['metadata']);
  });
});

describe('discovery', () => {
  test('aggregated and plain name the same resources', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated = await server.send('GET', '/apis', { headers: { accept } });
    expect(aggregated.headers['content-type']).toBe(accept);
    for (const { metadata, versions } of aggregated.json().items) {
      for (const { version, resources } of versions) {
        const plain = (await server.send('GET', `/apis/${metadata.name}/${version}`)).json();
        const names = plain.resources.map(({ name }: { name: string }) => name).filter((name: string) => !name.includes('/'));
        expect(resources.map(({ resource }: { resource: string }) => resource)).toEqual(names);
      }
    }
  });

  test('OpenAPI v3 documents have every type that they refer to', async () => {
    const { paths } = (await server.send('GET', '/openapi/v3')).json();
    expect(Object.keys(paths)).toContain('apis/apps/v1');
    for (const { serverRelativeURL } of Object.values(paths) as { serverRelativeURL: string }[]) {
      const text = (await server.send('GET', serverRelativeURL)).body.toString();
      const { components } = JSON.parse(text);
      const missing = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].filter(
        ([, name = '']) => components.schemas[name] === undefined,
      );
      expect(missing).toEqual([]);
    }
  });

  test('an unknown path is not found', async () => {
    const { status, body } = await server.send('GET', '/nowhere');
    expect([status, body.toString()]).toEqual([404, '404 page not found\n']);
  });
});
