import { beforeEach, describe, expect, test } from 'vitest';
import { configMap, configMaps, merge, type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const apply = (url: string, object: unknown, manager: string, more = '') =>
  server.call('PATCH', `${url}?fieldManager=${manager}${more}`, object, { type: 'application/apply-patch+yaml' });
const cm = (data: Record<string, string>) => configMap('a', { data });
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const deployment = (containers: unknown[], replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
  },
});

describe('server-side apply', () => {
  test('creates what is not there and records who owns what', async () => {
    const { status, body } = await apply(`${configMaps}/a`, cm({ x: '1' }), 'one');
    expect(status).toBe(201);
    expect(body.metadata.managedFields).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:x': {} } },
      },
    ]);
  });

  test('who applies nothing but a name owns nothing, not even what is filled in', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    const { status, body } = await apply('/api/v1/namespaces/default/secrets/s', secret, 'one');
    expect(status).toBe(201);
    expect(body.type).toBe('Opaque');
    expect(body.metadata.managedFields).toBeUndefined();
  });

  test('the same again writes nothing', async () => {
    const first = await apply(`${configMaps}/a`, cm({ x: '1' }), 'one');
    await server.clock.advance(10_000);
    const { status, body } = await apply(`${configMaps}/a`, cm({ x: '1' }), 'one');
    expect([status, body.metadata.resourceVersion]).toEqual([200, first.body.metadata.resourceVersion]);
  });

  test('takes away what the manager no longer applies, unless another owns it', async () => {
    await apply(`${configMaps}/a`, cm({ x: '1', y: '1', z: '1' }), 'one');
    await apply(`${configMaps}/a`, cm({ y: '1' }), 'two');
    const { body } = await apply(`${configMaps}/a`, cm({ z: '1' }), 'one');
    expect(body.data).toEqual({ y: '1', z: '1' });
  });

  test('conflicts over a value that another owns, unless forced', async () => {
    await apply(`${configMaps}/a`, cm({ x: '1' }), 'one');
    const refused = await apply(`${configMaps}/a`, cm({ x: '2' }), 'two');
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.x' }] },
    });
    const forced = await apply(`${configMaps}/a`, cm({ x: '2' }), 'two', '&force=true');
    expect(forced.body.data).toEqual({ x: '2' });
    expect(forced.body.metadata.managedFields.map(({ manager }: { manager: string }) => manager)).toEqual(['two']);
  });

  test('other changes become owners too', async () => {
    await apply(`${configMaps}/a`, cm({ x: '1' }), 'one');
    await server.call('PATCH', `${configMaps}/a?fieldManager=hand`, { data: { x: '3' } }, { type: merge });
    const { status, body } = await apply(`${configMaps}/a`, cm({ x: '1' }), 'one');
    expect([status, body.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "hand" using v1: .data.x']);
  });

  test('of an object from before belongs to before-first-apply', async () => {
    await server.post(configMaps, cm({ x: '1', y: '1' }));
    await server.call('PATCH', `${configMaps}/a`, { metadata: { managedFields: [{}] } }, { type: merge });
    const { body } = await apply(`${configMaps}/a`, cm({ x: '2' }), 'one');
    expect(body.message).toContain('conflict with "before-first-apply" using v1');
    expect((await apply(`${configMaps}/a`, cm({ x: '1' }), 'one')).status).toBe(200);
  });

  test('merges lists by their keys and keeps defaults out of the record', async () => {
    await apply(`${deployments}/web`, deployment([{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }], 2), 'one');
    const { status, body } = await apply(`${deployments}/web`, deployment([{ name: 'b', image: 'b:1' }]), 'two');
    expect(status).toBe(200);
    expect(body.spec.template.spec.containers.map(({ name }: { name: string }) => name).sort()).toEqual(['a', 'b']);
    const own = body.metadata.managedFields[0].fieldsV1['f:spec']['f:template']['f:spec']['f:containers'];
    expect(own).toEqual({
      'k:{"name":"a"}': {
        '.': {},
        'f:name': {},
        'f:image': {},
        'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
      },
    });
    const gone = await apply(
      `${deployments}/web`,
      deployment([{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }], 2),
      'two',
      '&force=true',
    );
    expect(gone.body.spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['a']);
    expect(gone.body.spec.replicas).toBe(2);
  });

  describe('after kubectl applied on its own', () => {
    const key = 'kubectl.kubernetes.io/last-applied-configuration';
    const clientSide = (data: Record<string, string>) => {
      const text = JSON.stringify(cm(data));
      return server.post(`${configMaps}?fieldManager=kubectl-client-side-apply`, {
        ...cm(data),
        metadata: { name: 'a', annotations: { [key]: text } },
      });
    };
    const changed = (data: Record<string, string>) => server.call('PATCH', `${configMaps}/a?fieldManager=hand`, { data }, { type: merge });

    test('kubectl takes over what it applied and the annotation follows, without what it no longer applies', async () => {
      await clientSide({ x: '1', y: '1' });
      const { status, body } = await apply(`${configMaps}/a`, cm({ x: '<2>' }), 'kubectl');
      expect([status, body.data.x]).toEqual([200, '<2>']);
      expect(body.metadata.annotations[key]).toBe(
        '{"apiVersion":"v1","data":{"x":"\\u003c2\\u003e"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a"}}\n',
      );
    });

    test('others do not', async () => {
      await clientSide({ x: '1' });
      const { status, body } = await apply(`${configMaps}/a`, cm({ x: '2' }), 'another');
      expect([status, body.message]).toEqual([
        409,
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.x',
      ]);
    });

    test('nor does kubectl what was changed since', async () => {
      await clientSide({ x: '1', y: '1' });
      await changed({ x: '3' });
      const { status, body } = await apply(`${configMaps}/a`, cm({ x: '2', y: '2' }), 'kubectl');
      expect([status, body.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "hand" using v1: .data.x']);
    });
  });

  const refusals: [name: string, object: unknown, manager: string, status: number, message: string][] = [
    ['no manager', cm({}), '', 422, 'fieldManager: Required value: is required for apply patch'],
    [
      'managed fields in the configuration',
      configMap('a', { metadata: { managedFields: [{ manager: 'x' }] } }),
      'one',
      400,
      'metadata.managedFields must be nil',
    ],
    ['another name', configMap('b'), 'one', 400, 'does not match the name on the URL (a)'],
    ['another type', { ...configMap('a'), kind: 'Secret' }, 'one', 400, 'invalid object type: /v1, Kind=Secret'],
    [
      'a field that there is not',
      { ...configMap('a'), dataa: {} },
      'one',
      500,
      'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .dataa: field not declared in schema',
    ],
    [
      'a uid of nothing',
      configMap('a', { metadata: { uid: 'x' } }),
      'one',
      409,
      'uid mismatch: the provided object specified uid x, and no existing',
    ],
    ['no type', { metadata: { name: 'a' } }, 'one', 400, 'invalid object type: /, Kind='],
    ['a type that is no text', { ...configMap('a'), apiVersion: {} }, 'one', 400, 'invalid object type: /, Kind=ConfigMap'],
  ];
  test.each(refusals)('refuses %s', async (_name, object, manager, status, message) => {
    const answer = await apply(`${configMaps}/a`, object, manager);
    expect(answer.body.message).toContain(message);
    expect(answer.status).toBe(status);
  });
});
