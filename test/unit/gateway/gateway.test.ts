import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { kinds } from '../../../src/api/scheme.ts';
import type { Node, Pod, Service } from '../../../src/api/types/core-v1.ts';
import { startGateway } from '../../../src/gateway/gateway.ts';
import { destinationOf } from '../../../src/gateway/host.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { staticInformers } from '../../support/static-informers.ts';

describe('destinationOf', () => {
  const rows: [string | undefined, unknown][] = [
    ['web.shop.localhost:8080', { kind: 'service', namespace: 'shop', service: 'web', port: undefined }],
    ['web.localhost', { kind: 'service', namespace: 'default', service: 'web', port: undefined }],
    ['metrics.web.shop.localhost', { kind: 'service', namespace: 'shop', service: 'web', port: 'metrics' }],
    ['shoal.localhost:8080', { kind: 'cluster' }],
    ['shoal.default.localhost', { kind: 'service', namespace: 'default', service: 'shoal', port: undefined }],
    ['LOCALHOST:80', { kind: 'index' }],
    ['127.0.0.1:80', { kind: 'index' }],
    ['[::1]:80', { kind: 'index' }],
    ['evil.example', { kind: 'foreign' }],
    ['127.0.0.1.evil.example', { kind: 'foreign' }],
    ['a.b.c.d.localhost', { kind: 'foreign' }],
    [undefined, { kind: 'foreign' }],
  ];
  it.each(rows)('%s', (host, expected) => expect(destinationOf(host)).toEqual(expected));
});

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const service = (name: string, spec: Service['spec'] = {}): Service => ({
  metadata: { name, namespace: 'shop' },
  spec: { selector: { app: name }, ports: [{ port: 80, protocol: 'TCP' }], ...spec },
});
const sliceOf = (name: string, port: number, addresses: string[]) => ({
  addressType: 'IPv4',
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
  ports: [{ port, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
});

async function setUp() {
  const seen: string[] = [];
  const site = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += String(chunk);
    });
    incoming.on('end', () => {
      seen.push(incoming.socket.localAddress ?? '');
      response.end(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${incoming.headers['x-forwarded-host']} ${body}`);
    });
  });
  const sockets = new WebSocketServer({ server: site });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
  await new Promise<void>((resolve) => site.listen(0, '0.0.0.0', resolve));
  const sitePort = (site.address() as AddressInfo).port;
  const informers = staticInformers();
  const stop = new AbortController();
  const gateway = await startGateway({ informers, host: '127.0.0.1', port: 0, clock: systemClock, log: silentLogger, signal: stop.signal });
  cleanups.push(() => {
    stop.abort();
    site.closeAllConnections();
    site.close();
  });
  const ask = (
    host: string,
    options: { method?: string; body?: string; accept?: string } = {},
  ): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const headers = { host, connection: 'close', ...(options.accept === undefined ? {} : { accept: options.accept }) };
      const outgoing = request(
        { host: '127.0.0.1', port: gateway.port, path: '/x?y=1', method: options.method ?? 'GET', headers },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += String(chunk);
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(options.body);
    });
  return { informers, gateway, sitePort, seen, ask };
}

describe('the gateway', () => {
  it('passes requests to the service’s endpoints in turn', async () => {
    const { informers, sitePort, seen, ask } = await setUp();
    informers.set(kinds.Service, [service('web')]);
    informers.set(kinds.EndpointSlice, [sliceOf('web', sitePort, ['127.0.0.2', '127.0.0.3'])]);
    const answer = await ask('web.shop.localhost:1234', { method: 'POST', body: 'hello' });
    expect(answer).toEqual({ status: 200, body: 'POST /x?y=1 web.shop.localhost:1234 web.shop.localhost:1234 hello' });
    await ask('web.shop.localhost');
    expect(new Set(seen)).toEqual(new Set(['127.0.0.2', '127.0.0.3']));
  });

  it('asks again elsewhere when a node is lost that has not answered', async () => {
    const { informers, sitePort, seen, ask } = await setUp();
    const asked = Promise.withResolvers<void>();
    const silent = createServer(() => asked.resolve());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.9', resolve));
    cleanups.push(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const node = (status: string): Node => ({ metadata: { name: 'n1' }, status: { conditions: [{ type: 'Ready', status }] } });
    const { port } = silent.address() as AddressInfo;
    const lost = sliceOf('web', port, []);
    const endpoints = [{ addresses: ['127.0.0.9'], nodeName: 'n1', conditions: { ready: true } }];
    const other = sliceOf('web', sitePort, ['127.0.0.3']);
    informers.set(kinds.Service, [service('web')]);
    informers.set(kinds.Node, [node('True')]);
    informers.set(kinds.EndpointSlice, [
      { ...lost, endpoints },
      { ...other, metadata: { ...other.metadata, name: 'web-2' } },
    ]);
    const answer = ask('web.shop.localhost');
    await asked.promise;
    informers.set(kinds.Node, [node('Unknown')]);
    expect((await answer).status).toBe(200);
    expect(seen).toEqual(['127.0.0.3']);
  });

  it('fails over, also with a body, when an endpoint does not accept', async () => {
    const { informers, sitePort, seen, ask } = await setUp();
    informers.set(kinds.Service, [service('web')]);
    // Nothing can ever listen at the first of the two (reserved by RFC 1112).
    informers.set(kinds.EndpointSlice, [sliceOf('web', sitePort, ['240.0.0.1', '127.0.0.3'])]);
    for (let round = 0; round < 4; round++) expect((await ask('web.shop.localhost', { method: 'PUT', body: 'x' })).status).toBe(200);
    expect(new Set(seen)).toEqual(new Set(['127.0.0.3']));
  });

  it('carries WebSockets', async () => {
    const { informers, gateway, sitePort } = await setUp();
    informers.set(kinds.Service, [service('web')]);
    informers.set(kinds.EndpointSlice, [sliceOf('web', sitePort, ['127.0.0.1'])]);
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`, { headers: { host: 'web.shop.localhost' } });
    const answer = await new Promise((resolve, reject) => {
      socket.on('open', () => socket.send('hi'));
      socket.on('message', (data) => resolve(String(data)));
      socket.on('error', reject);
    });
    socket.terminate();
    expect(answer).toBe('echo hi');
  });

  it('explains a service without ready pods', async () => {
    const { informers, ask } = await setUp();
    const pod: Pod = {
      metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
      status: {
        phase: 'Pending',
        containerStatuses: [
          { name: 'c', image: 'x', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      },
    };
    informers.set(kinds.Service, [service('web'), service('lost'), service('manual', { selector: {} })]);
    informers.set(kinds.Pod, [pod]);
    expect(await ask('web.shop.localhost')).toMatchObject({ status: 503, body: expect.stringContaining('web-1 is ImagePullBackOff') });
    expect(await ask('lost.shop.localhost')).toMatchObject({
      status: 503,
      body: expect.stringContaining('has the labels that the Service selects: app=lost'),
    });
    expect(await ask('manual.shop.localhost')).toMatchObject({ status: 503, body: expect.stringContaining('no selector') });
  });

  it('says which service is unknown, escaped for browsers', async () => {
    const { ask } = await setUp();
    expect(await ask('nope.shop.localhost')).toMatchObject({
      status: 404,
      body: expect.stringContaining('There is no Service nope in namespace shop'),
    });
    expect((await ask('<b>.shop.localhost', { accept: 'text/html' })).body).toContain('&lt;b&gt;');
  });

  it('answers for loopback and *.localhost alone', async () => {
    const { ask } = await setUp();
    expect((await ask('attacker.example')).status).toBe(421);
    expect((await ask('localhost')).status).toBe(200);
  });
});
