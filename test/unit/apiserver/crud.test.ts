import { beforeEach, describe, expect, test } from 'vitest';
import { configMap, configMaps, merge, pod, pods, type Server, startServer, strategic } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

describe('create', () => {
  test('answers 201 with what the server fills in', async () => {
    const { status, body } = await server.post(configMaps, configMap('a', { data: { x: '1' } }));
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { x: '1' } });
    expect(body.metadata).toMatchObject({ namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  test('leaves the object that was passed in process as it was', async () => {
    const object = Object.freeze(configMap('a'));
    await server.post(configMaps, object);
    expect(object).toEqual(configMap('a'));
  });

  test('makes a name from generateName', async () => {
    const names = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const { body } = await server.post(configMaps, { ...configMap(''), metadata: { generateName: `${'x'.repeat(60)}-` } });
      expect(body.metadata.name).toMatch(/^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      names.add(body.metadata.name);
    }
    expect(names.size).toBe(3);
  });

  test('gives up a generated name that is taken every time', async () => {
    const unlucky = await startServer({ random: () => 0 });
    const named = { ...configMap(''), metadata: { generateName: 'x-' } };
    expect((await unlucky.post(configMaps, named)).body.metadata.name).toBe('x-bbbbb');
    const { status, headers, body } = await unlucky.post(configMaps, named);
    expect([status, headers['retry-after']]).toEqual([409, '1']);
    expect(body).toMatchObject({
      reason: 'AlreadyExists',
      message: 'configmaps "x-bbbbb" already exists, the server was not able to generate a unique name for the object',
    });
  });

  test('counts an owner that is named twice once, and says so', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' };
    const metadata = { name: 'owned', ownerReferences: [owner, owner, { ...owner, name: 'p' }] };
    const { headers, body } = await server.post(configMaps, { ...configMap('owned'), metadata });
    expect(body.metadata.ownerReferences).toEqual([owner, { ...owner, name: 'p' }]);
    expect(String(headers['warning'])).toContain('.metadata.ownerReferences contains duplicate entries; API server dedups');
  });

  test('warns of kinds that are on their way out', async () => {
    const { headers } = await server.get('/api/v1/namespaces/default/endpoints');
    expect(headers['warning']).toEqual(['299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"']);
  });

  const refusals: [name: string, url: string, body: unknown, status: number, message: string][] = [
    ['a taken name', configMaps, configMap('taken'), 409, 'configmaps "taken" already exists'],
    [
      'another namespace',
      configMaps,
      { ...configMap('a'), metadata: { name: 'a', namespace: 'kube-system' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a version',
      configMaps,
      { ...configMap('a'), metadata: { name: 'a', resourceVersion: '7' } },
      500,
      'resourceVersion should not be set on objects to be created',
    ],
    ['no name', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }, 422, 'name or generateName is required'],
    [
      'a namespaced kind without a namespace',
      '/api/v1/configmaps',
      configMap('a'),
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['an unknown resource', '/api/v1/namespaces/default/things', {}, 404, 'the server could not find the requested resource'],
    ['a missing namespace', '/api/v1/namespaces/nowhere/configmaps', configMap('a'), 404, 'namespaces "nowhere" not found'],
    ['an unknown field, strictly', `${configMaps}?fieldValidation=Strict`, { ...configMap('a'), foo: 1 }, 400, 'unknown field "foo"'],
    ['an unknown dryRun', `${configMaps}?dryRun=Some`, configMap('a'), 422, 'dryRun: Unsupported value: ["Some"]: supported values: "All"'],
  ];
  test.each(refusals)('refuses %s', async (_name, url, body, status, message) => {
    await server.post(configMaps, configMap('taken'));
    const answer = await server.post(url, body);
    expect(answer.body.message).toContain(message);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
  });

  test('warns of unknown fields unless told otherwise', async () => {
    const { headers, status } = await server.post(configMaps, { ...configMap('a'), foo: 1 });
    expect(status).toBe(201);
    expect(headers['warning']).toEqual(['299 - "unknown field \\"foo\\""']);
    const quiet = await server.post(`${configMaps}?fieldValidation=Ignore`, { ...configMap('b'), foo: 1 });
    expect(quiet.headers['warning']).toBeUndefined();
  });

  test('a dry run stores nothing', async () => {
    expect((await server.post(`${configMaps}?dryRun=All`, configMap('a'))).status).toBe(201);
    expect((await server.get(`${configMaps}/a`)).status).toBe(404);
  });

  test('a dry run does not come as far as what the store refuses', async () => {
    const versioned = { ...configMap('a'), metadata: { name: 'a', resourceVersion: '7' } };
    expect((await server.post(`${configMaps}?dryRun=All`, versioned)).status).toBe(201);
    expect((await server.post(configMaps, { ...versioned, immutable: 'no' })).status).toBe(400);
  });
});

describe('update', () => {
  test('is refused when the version is not the current one', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    await server.call('PATCH', `${configMaps}/a`, { data: { x: '1' } }, { type: merge });
    const answer = await server.call('PUT', `${configMaps}/a`, body);
    expect(answer.status).toBe(409);
    expect(answer.body.reason).toBe('Conflict');
    expect(answer.body.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('without a version replaces what is there', async () => {
    await server.post(configMaps, configMap('a', { data: { x: '1' } }));
    const { status, body } = await server.call('PUT', `${configMaps}/a`, configMap('a', { data: { y: '2' } }));
    expect([status, body.data]).toEqual([200, { y: '2' }]);
  });

  test('that changes nothing is not written', async () => {
    const { body } = await server.post(configMaps, configMap('a', { data: { x: '1' } }));
    const again = await server.call('PUT', `${configMaps}/a`, body);
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  test('refuses another name than the path has', async () => {
    await server.post(configMaps, configMap('a'));
    const { status, body } = await server.call('PUT', `${configMaps}/a`, configMap('b'));
    expect([status, body.message]).toEqual([400, 'the name of the object (b) does not match the name on the URL (a)']);
  });

  test('of the status leaves the spec alone, and the other way round', async () => {
    const { body } = await server.post(pods, pod('p'));
    const changed = { ...body, spec: { ...body.spec, activeDeadlineSeconds: 9 }, status: { ...body.status, phase: 'Running' } };
    const status = await server.call('PUT', `${pods}/p/status`, changed);
    expect([status.body.status.phase, status.body.spec.activeDeadlineSeconds]).toEqual(['Running', undefined]);
    const spec = await server.call('PUT', `${pods}/p`, { ...status.body, spec: changed.spec, status: {} });
    expect([spec.body.status.phase, spec.body.spec.activeDeadlineSeconds]).toEqual(['Running', 9]);
  });
});

describe('patch', () => {
  test('retries when another writer comes first', async () => {
    await server.post(configMaps, configMap('a'));
    const answers = await Promise.all(
      ['x', 'y', 'z'].map((key) => server.call('PATCH', `${configMaps}/a`, { data: { [key]: '1' } }, { type: merge })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await server.get(`${configMaps}/a`)).body.data).toEqual({ x: '1', y: '1', z: '1' });
  });

  test('with an old version is a conflict', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    await server.call('PATCH', `${configMaps}/a`, { data: { x: '1' } }, { type: merge });
    const { resourceVersion } = body.metadata;
    const answer = await server.call('PATCH', `${configMaps}/a`, { metadata: { resourceVersion }, data: { y: '1' } }, { type: merge });
    expect(answer.status).toBe(409);
  });

  test('of an unknown type is 415', async () => {
    await server.post(configMaps, configMap('a'));
    expect((await server.call('PATCH', `${configMaps}/a`, {}, { type: 'text/plain' })).status).toBe(415);
  });

  const misfits: [name: string, type: string, patch: unknown, value: string, text: string][] = [
    ['text for a map', strategic, { metadata: { labels: 'x' } }, 'map[metadata:map[labels:x]]', 'cannot restore map from string'],
    ['a number for text', strategic, { data: { a: 1 } }, 'map[data:map[a:1]]', 'cannot convert int64 to string'],
    ['text for yes or no', strategic, { immutable: 'x' }, 'map[immutable:x]', 'unrecognized type: bool'],
    ['a list for a struct', strategic, { metadata: [] }, 'map[metadata:[]]', 'cannot restore struct from: slice'],
    [
      'text for a map in a merge patch',
      merge,
      { data: 'x' },
      '{\\"apiVersion\\":\\"v1\\",\\"data\\":\\"x\\"',
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    ],
  ];
  test.each(misfits)('with %s says what the converter or the parser says', async (_name, type, patch, value, text) => {
    await server.post(configMaps, configMap('a'));
    const { status, body } = await server.call('PATCH', `${configMaps}/a`, patch, { type });
    expect(status).toBe(422);
    expect(body.message.startsWith(` "" is invalid: patch: Invalid value: "${value}`)).toBe(true);
    expect(body.message.endsWith(`": ${text}`)).toBe(true);
  });

  test('of what is not there is 404', async () => {
    const { status, body } = await server.call('PATCH', `${configMaps}/a`, {}, { type: merge });
    expect([status, body.message]).toEqual([404, 'configmaps "a" not found']);
  });
});

describe('events of both groups', () => {
  test('are one set of objects', async () => {
    const url = '/apis/events.k8s.io/v1/namespaces/default/events';
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
      note: 'hello',
      reason: 'Started',
      type: 'Normal',
      action: 'Start',
      reportingController: 'example.com/test',
      reportingInstance: 'test-1',
    };
    const created = await server.post(url, event);
    expect(created.status).toBe(201);
    const core = await server.get('/api/v1/namespaces/default/events/e');
    expect(core.body).toMatchObject({
      apiVersion: 'v1',
      message: 'hello',
      involvedObject: { name: 'p' },
      reportingComponent: 'example.com/test',
    });
    const back = await server.get(`${url}?fieldSelector=regarding.name%3Dp`);
    expect(back.body.items).toMatchObject([{ apiVersion: 'events.k8s.io/v1', note: 'hello', regarding: { name: 'p' } }]);
  });
});
