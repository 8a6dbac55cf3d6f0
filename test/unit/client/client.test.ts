import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../../src/api/http.ts';
import { kinds } from '../../../src/api/scheme.ts';
import { ApiError } from '../../../src/api/status.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import type { Client } from '../../../src/client/client.ts';
import { createHttpsClient } from '../../../src/client/https.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { jsonLines } from '../../../src/client/json-lines.ts';
import { controllerOf, isControlledBy, ownerReference } from '../../../src/client/owner.ts';
import { modifyStatus } from '../../../src/client/retry.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi } from './fake-api.ts';

const pod = (name: string): Pod => ({ metadata: { name, namespace: 'shop' }, spec: { containers: [] } });

describe('requests of the verbs', () => {
  const rows: { name: string; call: (client: Client) => Promise<unknown>; line: string; type?: string; body?: unknown }[] = [
    { name: 'get', call: (c) => c.get(kinds.Pod, 'web', 'shop'), line: 'GET /api/v1/namespaces/shop/pods/web' },
    {
      name: 'get of a cluster kind ignores the namespace',
      call: (c) => c.get(kinds.Node, 'n1', 'shop'),
      line: 'GET /api/v1/nodes/n1',
    },
    {
      name: 'list in a group',
      call: (c) => c.list(kinds.Deployment, { namespace: 'shop', labelSelector: 'app=web', limit: 5, continue: 'x' }),
      line: 'GET /apis/apps/v1/namespaces/shop/deployments?labelSelector=app%3Dweb&limit=5&continue=x',
    },
    {
      name: 'create fills in apiVersion and kind',
      call: (c) => c.create(kinds.Pod, pod('web')),
      line: 'POST /api/v1/namespaces/shop/pods',
      type: 'application/json',
      body: { apiVersion: 'v1', kind: 'Pod', ...pod('web') },
    },
    {
      name: 'updateStatus',
      call: (c) => c.updateStatus(kinds.Pod, pod('web')),
      line: 'PUT /api/v1/namespaces/shop/pods/web/status',
      type: 'application/json',
    },
    {
      name: 'merge patch by default',
      call: (c) => c.patch(kinds.Pod, 'web', 'shop', { spec: {} }),
      line: 'PATCH /api/v1/namespaces/shop/pods/web',
      type: 'application/merge-patch+json',
      body: { spec: {} },
    },
    {
      name: 'apply patch of a subresource',
      call: (c) => c.patch(kinds.Pod, 'web', 'shop', {}, { type: 'apply', subresource: 'status', fieldManager: 'me', force: true }),
      line: 'PATCH /api/v1/namespaces/shop/pods/web/status?fieldManager=me&force=true',
      type: 'application/apply-patch+yaml',
    },
    {
      name: 'delete with options',
      call: (c) => c.delete(kinds.Pod, 'web', 'shop', { gracePeriodSeconds: 0, preconditions: { uid: 'u' } }),
      line: 'DELETE /api/v1/namespaces/shop/pods/web',
      type: 'application/json',
      body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
    },
    { name: 'delete without', call: (c) => c.delete(kinds.Node, 'n1'), line: 'DELETE /api/v1/nodes/n1' },
    {
      name: 'deleteCollection',
      call: (c) => c.deleteCollection(kinds.Pod, { namespace: 'shop', fieldSelector: 'spec.nodeName=n1' }),
      line: 'DELETE /api/v1/namespaces/shop/pods?fieldSelector=spec.nodeName%3Dn1',
    },
    {
      name: 'subresource',
      call: (c) => c.createSubresource(kinds.Pod, 'web', 'shop', 'eviction', { a: 1 }),
      line: 'POST /api/v1/namespaces/shop/pods/web/eviction',
      type: 'application/json',
      body: { a: 1 },
    },
    { name: 'raw', call: (c) => c.raw('GET', '/readyz?verbose=true'), line: 'GET /readyz?verbose=true' },
  ];
  test.each(rows)('$name', async ({ call, line, type, body }) => {
    const seen: ApiRequest[] = [];
    const client = createInProcessClient((request) => {
      seen.push(request);
      return Promise.resolve({ status: 200, body: { kind: 'object', value: { items: [], metadata: {} } } });
    });
    await call(client);
    const [request] = seen;
    const query = request?.query.toString() ?? '';
    expect(`${request?.method} ${request?.path}${query === '' ? '' : `?${query}`}`).toBe(line);
    expect(request?.headers['content-type']).toBe(type);
    if (body !== undefined) expect(request?.body).toEqual(body);
  });
});

describe('in-process client', () => {
  test.each([
    {
      name: 'a Status answer',
      handle: () => Promise.resolve(failed(new ApiError('NotFound', 'no such pod'))),
      reason: 'NotFound',
      code: 404,
    },
    { name: 'a thrown ApiError', handle: () => Promise.reject(new ApiError('Conflict', 'stale')), reason: 'Conflict', code: 409 },
    { name: 'a fault', handle: () => Promise.reject(new TypeError('oops')), reason: 'InternalError', code: 500 },
  ])('$name is an ApiError', async ({ handle, reason, code }) => {
    const client = createInProcessClient(handle);
    await expect(client.get(kinds.Pod, 'web', 'shop')).rejects.toMatchObject({ name: 'ApiError', reason, code });
  });

  test('a watch that is left or aborted ends at the server', async () => {
    const signals: AbortSignal[] = [];
    const api = createFakeApi();
    api.put('pods', pod('a'));
    const client = createInProcessClient((request) => {
      signals.push(request.signal);
      return api.handle(request);
    });
    for await (const event of client.watch(kinds.Pod, { resourceVersion: '0' })) {
      expect(event.object.metadata.name).toBe('a');
      break;
    }
    expect(signals[0]?.aborted).toBe(true);
    const stop = new AbortController();
    const events: string[] = [];
    for await (const event of client.watch(kinds.Pod, { resourceVersion: '0', signal: stop.signal })) {
      events.push(event.type);
      stop.abort();
    }
    expect(events).toEqual(['ADDED']);
  });

  test('an ERROR event is thrown', async () => {
    const api = createFakeApi();
    api.compact();
    const watching = createInProcessClient(api.handle).watch(kinds.Pod, { resourceVersion: '1' });
    await expect(watching[Symbol.asyncIterator]().next()).rejects.toMatchObject({ reason: 'Expired', code: 410 });
  });
});

const failed = (error: ApiError) => ({ status: error.code, body: { kind: 'object' as const, value: error.toStatus() } });

describe('HTTPS client (over a plain socket)', () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createHttpsClient({ server: `http://127.0.0.1:${port}`, token: 'secret', clock: systemClock });
    closers.push(
      () => client.close(),
      () => server.closeAllConnections(),
      () => server.close(),
    );
    return { client, server };
  }
  const json = (response: ServerResponse, code: number, value: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };

  test('carries the token and the body, and fills in the kind of list items', async () => {
    const { client } = await serve((request, response) => {
      expect(request.headers.authorization).toBe('Bearer secret');
      json(response, 200, { metadata: { resourceVersion: '5' }, items: [{ metadata: { name: 'web' } }] });
    });
    const list = await client.list(kinds.Pod);
    expect(list.items).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } }]);
  });

  test('Status bodies and broken connections are ApiErrors', async () => {
    const { client } = await serve((request, response) => {
      if (request.url?.endsWith('/gone') === true) json(response, 404, new ApiError('NotFound', 'gone').toStatus());
      else request.socket.destroy();
    });
    await expect(client.get(kinds.Node, 'gone')).rejects.toMatchObject({ reason: 'NotFound', message: 'gone' });
    await expect(client.get(kinds.Node, 'x')).rejects.toMatchObject({ reason: 'ServiceUnavailable', cause: { code: 'ECONNRESET' } });
  });

  test('asks again after Retry-After', async () => {
    let asked = 0;
    const { client } = await serve((_request, response) => {
      if (++asked < 3) json(response, 429, new ApiError('TooManyRequests', 'slow down').toStatus(), { 'retry-after': '0' });
      else json(response, 200, { metadata: { name: 'n1' } });
    });
    await expect(client.get(kinds.Node, 'n1')).resolves.toMatchObject({ metadata: { name: 'n1' } });
    expect(asked).toBe(3);
  });

  test('a watch yields line by line and its end by abort is quiet', async () => {
    const { client } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n{"type":"MODI');
      response.write('FIED","object":{"metadata":{"name":"b"}}}\n');
    });
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const event of client.watch(kinds.Node, { signal: stop.signal })) {
      seen.push(`${event.type} ${event.object.metadata.name}`);
      if (seen.length === 2) stop.abort();
    }
    expect(seen).toEqual(['ADDED a', 'MODIFIED b']);
  });

  test('a watch that breaks off is unavailable, not over', async () => {
    const { client } = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n', () => setImmediate(() => request.socket.destroy()));
    });
    const watching = client.watch(kinds.Node)[Symbol.asyncIterator]();
    await expect(watching.next()).resolves.toMatchObject({ value: { type: 'ADDED' } });
    await expect(watching.next()).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
  });
});

test('jsonLines joins characters that two chunks share and drops a cut last line', async () => {
  const bytes = Buffer.from('{"a":"é"}\n\n{"b":1}\n{"c"');
  async function* chunks() {
    for (const byte of bytes) yield Buffer.from([byte]);
  }
  const values: unknown[] = [];
  for await (const value of jsonLines(chunks())) values.push(value);
  expect(values).toEqual([{ a: 'é' }, { b: 1 }]);
});

describe('helpers', () => {
  test('owner references', () => {
    const owner = { metadata: { name: 'web', uid: 'u1' } };
    const reference = ownerReference(kinds.ReplicaSet, owner);
    const child = { metadata: { name: 'web-0', ownerReferences: [reference] } };
    expect(reference).toMatchObject({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u1', controller: true });
    expect(controllerOf(child)).toBe(reference);
    expect([isControlledBy(child, owner), isControlledBy(child, { metadata: { uid: 'u2' } })]).toEqual([true, false]);
  });

  test('modifyStatus reads again on conflict and gives up on another object of the name', async () => {
    const api = createFakeApi();
    const clock = virtualClock();
    const deps = { client: createInProcessClient(api.handle), clock };
    const stale = api.put('pods', pod('web'));
    api.put('pods', { ...stale, metadata: { ...stale.metadata, labels: { fresh: 'yes' } } });
    const set = (copy: Pod) => {
      copy.status = { phase: 'Running' };
    };
    const writing = modifyStatus(deps, kinds.Pod, stale, set);
    await clock.advance(10);
    expect(await writing).toMatchObject({ metadata: { labels: { fresh: 'yes' } }, status: { phase: 'Running' } });
    api.remove('pods', 'web', 'shop');
    expect(await modifyStatus(deps, kinds.Pod, stale, set)).toBeUndefined();
  });
});
