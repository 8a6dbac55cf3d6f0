import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromWire, toWire, watchEvents } from '../../support/protobuf-client.ts';
import { type HttpsServer, startHttpsServer } from '../apiserver/fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by path
type Loose = any;

const type = 'application/vnd.kubernetes.protobuf';
const defaults = '/api/v1/namespaces/default';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

let server: HttpsServer;
beforeAll(async () => {
  server = await startHttpsServer();
  await server.create(`${defaults}/serviceaccounts`, { metadata: { name: 'default' } });
});
afterAll(() => server.close());

/** One request as client-go makes it when its content type is protobuf. */
async function send(method: string, path: string, body?: Loose, headers: Record<string, string> = {}) {
  const answer = await server.send(method, path, {
    headers: { accept: type, ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : toWire(body) }),
  });
  expect(answer.headers['content-type']).toBe(type);
  return { status: answer.status, body: fromWire(answer.body) as Loose };
}

const configMap = (name: string, more: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'c',
            image: 'nginx',
            resources: { limits: { cpu: '1500m', memory: '64Mi' } },
            livenessProbe: { httpGet: { path: '/', port: 'http' } },
            env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } }],
            securityContext: { runAsUser: 0, privileged: false },
          },
        ],
        volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
      },
    },
  },
};

describe('a protobuf client', () => {
  test('creates, reads, updates, lists and deletes', async () => {
    const created = await send('POST', deployments, deployment);
    expect([created.status, created.body]).toMatchObject([201, deployment]);
    expect((await send('GET', `${deployments}/web`)).body).toEqual(created.body);
    const changed = { ...created.body, spec: { ...created.body.spec, replicas: 3 } };
    const updated = await send('PUT', `${deployments}/web`, changed);
    expect([updated.status, updated.body.spec.replicas, updated.body.metadata.generation]).toEqual([200, 3, 2]);
    const list = await send('GET', deployments);
    expect([list.body.kind, list.body.items.map(({ metadata }: Loose) => metadata.name)]).toEqual(['DeploymentList', ['web']]);
    const gone = await send('DELETE', `${deployments}/web`, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
    expect([gone.status, gone.body.status]).toEqual([200, 'Success']);
    expect((await send('GET', `${deployments}/web`)).status).toBe(404);
  });

  test('writes what a JSON client reads, and the other way round', async () => {
    await send('POST', `${defaults}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bytes' },
      data: { a: 'AP/+' },
      stringData: { b: 'text' },
    });
    expect((await server.send('GET', `${defaults}/secrets/bytes`)).json().data).toEqual({ a: 'AP/+', b: 'dGV4dA==' });
    await server.create(`${defaults}/services`, { metadata: { name: 'ports' }, spec: { ports: [{ port: 80, targetPort: 'http' }] } });
    expect((await send('GET', `${defaults}/services/ports`)).body.spec.ports).toEqual([{ protocol: 'TCP', port: 80, targetPort: 'http' }]);
  });

  test('uses subresources and reviews', async () => {
    await send('POST', deployments, { ...deployment, metadata: { name: 'scaled' } });
    const scale = (await send('GET', `${deployments}/scaled/scale`)).body;
    expect([scale.kind, scale.status.selector]).toEqual(['Scale', 'app=web']);
    const scaled = await send('PUT', `${deployments}/scaled/scale`, { ...scale, spec: { replicas: 2 } });
    expect(scaled.body.spec.replicas).toBe(2);
    const review = await send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    });
    expect([review.status, review.body.status.allowed]).toEqual([201, true]);
    const token = await send('POST', `${defaults}/serviceaccounts/default/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { audiences: ['a'] },
    });
    expect([token.status, token.body.spec.expirationSeconds]).toEqual([201, 3600]);
    await send('POST', `${defaults}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    const status = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      status: { phase: 'Running', startTime: '2026-01-02T03:04:05Z' },
    };
    expect((await send('PUT', `${defaults}/pods/p/status`, status)).body.status.startTime).toBe('2026-01-02T03:04:05Z');
    const evicted = await send('POST', `${defaults}/pods/p/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'p' },
      deleteOptions: { gracePeriodSeconds: 0 },
    });
    expect([evicted.status, evicted.body.status]).toEqual([201, 'Success']);
  });

  test('deletes under conditions', async () => {
    const { body } = await send('POST', `${defaults}/configmaps`, configMap('kept'));
    const options = (preconditions: object) => ({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
    const path = `${defaults}/configmaps/kept`;
    expect((await send('DELETE', path, options({ uid: 'another' }))).status).toBe(409);
    expect((await send('DELETE', path, options({ resourceVersion: '1' }))).status).toBe(409);
    const { uid, resourceVersion } = body.metadata;
    expect((await send('DELETE', path, options({ uid, resourceVersion }))).status).toBe(200);
  });

  test('does not try what is only tried', async () => {
    const tried = await send('POST', `${defaults}/configmaps?dryRun=All`, configMap('tried'));
    expect([tried.status, (await send('GET', `${defaults}/configmaps/tried`)).status]).toEqual([201, 404]);
  });
});

describe('a protobuf watch', () => {
  /** Opens one; `next(n)` is its next n events. */
  async function watch(path: string, accept = `${type};stream=watch`) {
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      path,
      ca: server.ca.cert,
      cert: server.admin.cert,
      key: server.admin.key,
      agent: false,
      headers: { accept },
    });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let bytes = Buffer.alloc(0);
    let taken = 0;
    return {
      contentType: incoming.headers['content-type'],
      async next(count: number): Promise<Loose[]> {
        let events = [...watchEvents(bytes)];
        while (events.length < taken + count) {
          const { value, done } = await chunks.next();
          if (done === true) break;
          bytes = Buffer.concat([bytes, value]);
          events = [...watchEvents(bytes)];
        }
        taken += count;
        return events.slice(taken - count, taken);
      },
      close: () => outgoing.destroy(),
    };
  }
  const seen = (events: Loose[]) => events.map(({ type: kind, object }) => [kind, object.kind, object.metadata.name]);

  test.each([`${type};stream=watch`, type, `${type}, */*`])('sends frames to a client that accepts %s', async (accept) => {
    const name = `watched-${accept.length}`;
    await send('POST', `${defaults}/configmaps`, configMap(name));
    const watched = await watch(`${defaults}/configmaps?watch=1&fieldSelector=metadata.name%3D${name}`, accept);
    expect(watched.contentType).toBe(`${type};stream=watch`);
    await send('PUT', `${defaults}/configmaps/${name}`, configMap(name, { data: { a: 'b' } }));
    await send('DELETE', `${defaults}/configmaps/${name}`);
    const events = await watched.next(3);
    expect(seen(events)).toEqual([
      ['ADDED', 'ConfigMap', name],
      ['MODIFIED', 'ConfigMap', name],
      ['DELETED', 'ConfigMap', name],
    ]);
    expect(events[1].object.data).toEqual({ a: 'b' });
    watched.close();
  });

  test('marks the end of its initial events', async () => {
    await send('POST', `${defaults}/configmaps`, configMap('initial'));
    const watched = await watch(
      `${defaults}/configmaps?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dinitial`,
    );
    const [first, mark] = await watched.next(2);
    expect([first.type, mark.type, mark.object.metadata.annotations]).toEqual([
      'ADDED',
      'BOOKMARK',
      { 'k8s.io/initial-events-end': 'true' },
    ]);
    watched.close();
  });

  test('of metadata alone', async () => {
    await send('POST', `${defaults}/configmaps`, configMap('meta', { data: { a: 'b' } }));
    const watched = await watch(
      `${defaults}/configmaps?watch=1&fieldSelector=metadata.name%3Dmeta`,
      `${type};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`,
    );
    const [{ object }] = await watched.next(1);
    expect([object.kind, object.metadata.name, object.data]).toEqual(['PartialObjectMetadata', 'meta', undefined]);
    watched.close();
  });

  test('from a version that is gone says so', async () => {
    await server.store.compact(await server.store.revision());
    const watched = await watch(`${defaults}/configmaps?watch=1&resourceVersion=2`);
    const [{ type: kind, object }] = await watched.next(1);
    expect([kind, object.kind, object.code, object.reason]).toEqual(['ERROR', 'Status', 410, 'Expired']);
    watched.close();
  });
});

describe('what a protobuf client is refused, it is told in protobuf', () => {
  test('an object that is not there', async () => {
    const { status, body } = await send('GET', `${defaults}/pods/none`);
    expect([status, body]).toMatchObject([
      404,
      { kind: 'Status', status: 'Failure', reason: 'NotFound', details: { name: 'none', kind: 'pods' }, code: 404 },
    ]);
  });

  test('an object that is wrong, with the fields', async () => {
    const { status, body } = await send('POST', `${defaults}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'Bad' },
      spec: { containers: [] },
    });
    expect(status).toBe(422);
    expect(body.details.causes.map(({ field }: Loose) => field)).toEqual(expect.arrayContaining(['metadata.name', 'spec.containers']));
  });

  const bodies: [name: string, body: Buffer, status: number, message: string][] = [
    ['no protobuf', Buffer.from('{}'), 400, 'expected prefix'],
    ['nothing in the envelope', Buffer.from('k8s\0'), 400, 'no kind'],
    ['a broken envelope', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, 0xff, 0xff])]), 400, ''],
    [
      'another kind',
      toWire({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } } as Loose),
      400,
      'cannot be handled as a ConfigMap',
    ],
  ];
  test.each(bodies)('%s', async (_name, body, status, message) => {
    const answer = await send('POST', `${defaults}/configmaps`, body);
    expect([answer.status, answer.body.kind]).toEqual([status, 'Status']);
    expect(answer.body.message).toContain(message);
  });

  test('a patch in protobuf', async () => {
    const { status, body } = await send('PATCH', `${defaults}/configmaps/initial`, configMap('initial'));
    expect([status, body.reason]).toEqual([415, 'UnsupportedMediaType']);
  });
});

describe('forms', () => {
  test('metadata alone comes in protobuf', async () => {
    await send('POST', `${defaults}/configmaps`, configMap('form', { data: { a: 'b' } }));
    const as = (form: string) => ({ accept: `${type};as=${form};g=meta.k8s.io;v=v1` });
    const one = (await send('GET', `${defaults}/configmaps/form`, undefined, as('PartialObjectMetadata'))).body;
    expect([one.kind, one.apiVersion, one.metadata.name, one.data]).toEqual(['PartialObjectMetadata', 'meta.k8s.io/v1', 'form', undefined]);
    const list = (await send('GET', `${defaults}/configmaps`, undefined, as('PartialObjectMetadataList'))).body;
    expect([list.kind, list.items.some(({ metadata }: Loose) => metadata.name === 'form')]).toEqual(['PartialObjectMetadataList', true]);
  });

  test('a table does not, as it has no message', async () => {
    const accept = `${type};as=Table;g=meta.k8s.io;v=v1`;
    expect((await server.send('GET', `${defaults}/configmaps`, { headers: { accept } })).status).toBe(406);
    const either = await server.send('GET', `${defaults}/configmaps`, { headers: { accept: `${accept}, application/json` } });
    expect(either.json().kind).toBe('ConfigMapList');
  });

  test('custom resources do not, whichever way', async () => {
    await server.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    const widgets = '/apis/example.com/v1/namespaces/default/widgets';
    expect((await server.send('GET', widgets, { headers: { accept: type } })).status).toBe(406);
    expect((await server.send('GET', widgets, { headers: { accept: `${type}, application/json` } })).json().kind).toBe('WidgetList');
    const posted = await server.send('POST', widgets, { body: toWire(configMap('a')), headers: { 'content-type': type } });
    expect(posted.status).toBe(415);
  });
});
