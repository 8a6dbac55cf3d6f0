import { beforeAll, describe, expect, test } from 'vitest';
import { loopbackUser } from '../../../src/apiserver/auth/user.ts';
import { configMap, configMaps, type Server, startServer } from './fixture.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
  await server.post(configMaps, configMap('a'));
});

describe('discovery', () => {
  test.each([
    ['/api/v1', 'pods', 'xPOwRZ+Yhw8='],
    ['/api/v1', 'events', 'r2yiGXH7wu8='],
    ['/apis/events.k8s.io/v1', 'events', 'r2yiGXH7wu8='],
    ['/apis/autoscaling/v1', 'horizontalpodautoscalers', 'qwQve8ut294='],
    ['/api/v1', 'bindings', undefined],
    ['/api/v1', 'pods/status', undefined],
  ])('%s says of %s which form is stored', async (path, name, hash) => {
    const { body } = await server.get(path);
    expect(body.resources.find((one: { name: string }) => one.name === name).storageVersionHash).toBe(hash);
  });

  test('groups come by their priority', async () => {
    const { body } = await server.get('/apis');
    const names = body.groups.map(({ name }: { name: string }) => name);
    expect(names.slice(0, 4)).toEqual(['apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io']);
    expect(names.slice(-3)).toEqual(['discovery.k8s.io', 'flowcontrol.apiserver.k8s.io', 'resource.k8s.io']);
  });

  test('the aggregated form need not be read again while it stays the same', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const ask = (known?: string) =>
      server.server.handle(
        {
          method: 'GET',
          path: '/apis',
          query: new URLSearchParams(),
          headers: { accept, ...(known === undefined ? {} : { 'if-none-match': known }) },
          signal: new AbortController().signal,
        },
        loopbackUser,
      );
    const first = await ask();
    const etag = String(first.headers?.['etag']);
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    expect((await ask(etag)).status).toBe(304);
    expect((await ask('"other"')).status).toBe(200);
  });
});

test.each([
  ['/api', 405],
  ['/api/v1', 405],
  ['/apis', 200],
  ['/apis/apps', 200],
  ['/apis/apps/v1', 405],
])('%s is read; a POST of it is answered with %i', async (path, status) => {
  expect((await server.post(path, {})).status).toBe(status);
});

describe('paths that nothing answers', () => {
  test.each(['/apis/nosuch', '/apis/nosuch/v1/things', '/apis/apps/v2', '/apis/apps/v2/deployments', '/nosuch'])('%s', async (path) => {
    expect(await server.get(path)).toMatchObject({ status: 404, body: '404 page not found\n' });
  });

  test.each(['/apis/apps/v1/things', '/api/v1/namespaces/default/things/x', '/api/v1/namespaces/default/pods/x/things'])(
    '%s, of a version that is served',
    async (path) => {
      const { status, body } = await server.get(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({ message: 'the server could not find the requested resource', reason: 'NotFound', details: {} });
    },
  );
});

describe('forms of answers', () => {
  const form = (as: string, version = 'v1'): string => `application/json;as=${as};g=meta.k8s.io;v=${version}`;

  test.each(['v1', 'v1beta1'])('come in the version %s that was asked', async (version) => {
    const apiVersion = `meta.k8s.io/${version}`;
    const table = await server.call('GET', configMaps, undefined, { accept: form('Table', version) });
    expect(table.body).toMatchObject({ kind: 'Table', apiVersion, rows: [{ object: { kind: 'PartialObjectMetadata', apiVersion } }] });
    const list = await server.call('GET', configMaps, undefined, { accept: form('PartialObjectMetadataList', version) });
    expect(list.body).toMatchObject({ apiVersion, items: [{ kind: 'PartialObjectMetadata', apiVersion }] });
  });

  test.each([
    [configMaps, 'PartialObjectMetadata', 'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)'],
    [
      `${configMaps}/a`,
      'PartialObjectMetadataList',
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
    ],
    [
      configMaps,
      'Nothing',
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
  ])('%s is not had as %s', async (url, as, message) => {
    expect(await server.call('GET', url, undefined, { accept: form(as) })).toMatchObject({
      status: 406,
      body: { message, reason: 'NotAcceptable' },
    });
  });

  test.each([
    ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' }],
    [`${configMaps}?fieldManager=x`, undefined],
  ])('%s', async (url, review) => {
    // A review has no table; and what cannot be answered as it is asked for is not done either.
    const body = review ?? configMap('b');
    const accept = review === undefined ? form('Nothing') : form('Table');
    expect((await server.call('POST', url, body, { accept })).status).toBe(406);
    expect((await server.get(`${configMaps}/b`)).status).toBe(404);
  });

  test('an unknown choice of what rows carry is refused', async () => {
    const { status, body } = await server.call('GET', `${configMaps}?watch=1&includeObject=All`, undefined, { accept: form('Table') });
    expect([status, body.message]).toEqual([
      400,
      "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
    ]);
  });
});

test.each(['/.well-known/openid-configuration', '/openid/v1/jwks'])('%s may be kept for an hour', async (path) => {
  expect(await server.get(path)).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=3600' } });
});
