import { createServer as createPlainServer, type Server as PlainServer } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { issueCert } from '../../../src/util/pki.ts';
import { type HttpsServer, startHttpsServer } from './fixture.ts';

/** A stand-in for a kubelet: it says what it was asked for and, once upgraded, echoes in capitals. */
let kubelet: Server;
let server: HttpsServer;
beforeAll(async () => {
  server = await startHttpsServer();
  const { cert, key } = await issueCert(server.ca, { commonName: 'system:node:n1', ips: ['127.0.0.1'], usages: ['server'] });
  kubelet = createServer({ cert, key, ca: server.ca.cert, requestCert: true, rejectUnauthorized: false });
  const who = (socket: TLSSocket): string => (socket.authorized ? String(socket.getPeerCertificate().subject.CN) : 'nobody');
  kubelet.on('request', (incoming, response) => {
    if (incoming.url?.includes('missing') === true) response.writeHead(404).end('no such container\n');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(`${who(incoming.socket as TLSSocket)} ${incoming.url}`);
  });
  kubelet.on('upgrade', (incoming, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${incoming.headers.upgrade}\r\nx-path: ${incoming.url}\r\n\r\n`,
    );
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  const { port } = kubelet.address() as AddressInfo;
  await server.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } };
  const merge = { 'content-type': 'application/merge-patch+json' };
  await server.send('PATCH', '/api/v1/nodes/n1/status', { body: JSON.stringify({ status }), headers: merge });
  await server.create('/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  for (const [name, containers] of [
    ['one', ['c']],
    ['two', ['a', 'b']],
  ] as const) {
    await server.create('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { nodeName: 'n1', containers: containers.map((container) => ({ name: container, image: 'x' })) },
    });
  }
});
afterAll(async () => {
  await server.close();
  kubelet.closeAllConnections();
  await new Promise((resolve) => kubelet.close(resolve));
});

const pods = '/api/v1/namespaces/default/pods';

describe('logs', () => {
  test('come from the kubelet, asked as the API server', async () => {
    const { body, status } = await server.send('GET', `${pods}/one/log?tailLines=5&follow=true&timestamps=false`);
    expect([status, body.toString()]).toEqual([200, 'kube-apiserver-kubelet-client /containerLogs/default/one/c?follow=true&tailLines=5']);
  });

  const refusals: [query: string, status: number, message: string][] = [
    ['two/log', 400, 'a container name must be specified for pod two, choose one of: [a b]'],
    ['two/log?container=z', 400, 'container z is not valid for pod two'],
    ['one/log?tailLines=-1', 422, 'must be greater than or equal to 0'],
    ['three/log', 404, 'pods "three" not found'],
  ];
  test.each(refusals)('%s is refused', async (path, status, message) => {
    const answer = await server.send('GET', `${pods}/${path}`);
    expect(answer.json().message).toContain(message);
    expect(answer.status).toBe(status);
  });
});

describe('over a WebSocket', () => {
  const messages = (path: string, protocols: string[], most = Number.POSITIVE_INFINITY): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const { cert, key } = server.admin;
      const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, protocols, { ca: server.ca.cert, cert, key });
      const found: string[] = [];
      socket.on('message', (data: Buffer, binary) => {
        found.push(`${binary ? 'binary' : 'text'} ${data}`);
        if (found.length === most) socket.close();
      });
      socket.on('close', () => resolve(found));
      socket.on('error', reject);
    });
  const line = 'kube-apiserver-kubelet-client /containerLogs/default/one/c';

  test.each([
    { protocols: [], message: `binary ${line}` },
    { protocols: ['binary.k8s.io'], message: `binary ${line}` },
    { protocols: ['base64.binary.k8s.io'], message: `text ${Buffer.from(line).toString('base64')}` },
  ])('logs come as $protocols', async ({ protocols, message }) => {
    expect(await messages(`${pods}/one/log`, protocols)).toEqual([message]);
  });

  test('a log that is refused is refused in plain HTTP', async () => {
    await expect(messages(`${pods}/three/log`, [])).rejects.toThrow('Unexpected server response: 404');
  });

  test('an event of a watch is a message', async () => {
    const [first = ''] = await messages('/api/v1/nodes?watch=true&resourceVersion=0', [], 1);
    expect(JSON.parse(first.replace(/^text /, ''))).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'n1' } } });
  });
});

describe('streams', () => {
  const upgrade = (path: string, protocol: string, as = server.admin): Promise<{ status: number; path: unknown; echo: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: server.port,
        path,
        ca: server.ca.cert,
        cert: as.cert,
        key: as.key,
        agent: false,
        headers: { connection: 'Upgrade', upgrade: protocol },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.on('data', (chunk: Buffer) => {
          text += String(chunk);
        });
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, path: undefined, echo: text }));
      });
      outgoing.on('upgrade', (incoming, socket) => {
        socket.write('hello');
        socket.once('data', (chunk: Buffer) => {
          socket.destroy();
          resolve({ status: incoming.statusCode ?? 0, path: incoming.headers['x-path'], echo: chunk.toString() });
        });
      });
      outgoing.end();
    });

  test.each(['websocket', 'SPDY/3.1'])('%s is joined to the kubelet byte for byte', async (protocol) => {
    const answer = await upgrade(`${pods}/two/exec?container=b&command=ls&command=-l&stdout=true&stdin=1`, protocol);
    expect(answer).toEqual({ status: 101, path: '/exec/default/two/b?input=1&output=1&command=ls&command=-l', echo: 'HELLO' });
  });

  test('port-forward needs no container', async () => {
    expect(await upgrade(`${pods}/one/portforward?ports=80`, 'websocket')).toMatchObject({
      status: 101,
      path: '/portForward/default/one?port=80',
    });
  });

  test('who may not is refused before anything is connected', async () => {
    const bob = await issueCert(server.ca, { commonName: 'bob', usages: ['client'] });
    const { status, echo } = await upgrade(`${pods}/one/exec?command=ls`, 'websocket', bob);
    expect([status, JSON.parse(echo).reason]).toEqual([403, 'Forbidden']);
  });

  test('without asking to switch protocols is a bad request', async () => {
    const { status, json } = await server.send('POST', `${pods}/one/exec?command=ls`);
    expect([status, json().message]).toEqual([400, 'Upgrade request required']);
  });
});

describe('proxies', () => {
  test('of a node lead to its kubelet', async () => {
    const { body } = await server.send('GET', '/api/v1/nodes/n1/proxy/healthz?verbose=1');
    expect(body.toString()).toBe('kube-apiserver-kubelet-client /healthz?verbose=1');
  });

  test('of a service need endpoints', async () => {
    await server.create('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    });
    const { status, json } = await server.send('GET', '/api/v1/namespaces/default/services/web/proxy/');
    expect([status, json().message]).toEqual([503, 'no endpoints available for service "web"']);
  });

  describe('of a pod', () => {
    let pod: PlainServer;
    let at: string;
    beforeAll(async () => {
      pod = createPlainServer((incoming, response) => {
        const { url = '', method = '' } = incoming;
        if (url === '/moved') response.writeHead(302, { location: '/new/' }).end();
        else if (url === '/page') response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<a href="/next">é</a>');
        else if (url === '/zipped')
          response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync('<img src=/a.png>'));
        else response.writeHead(200, { 'content-type': 'text/plain' }).end(`${method} ${url}`);
      });
      await new Promise<void>((resolve) => pod.listen(0, '127.0.0.1', resolve));
      at = `${pods}/one:${(pod.address() as AddressInfo).port}/proxy`;
      const body = JSON.stringify({ status: { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } });
      await server.send('PATCH', `${pods}/one/status`, { body, headers: { 'content-type': 'application/merge-patch+json' } });
    });
    afterAll(() => new Promise((resolve) => pod.close(resolve)));

    test.each(['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'])('take %s', async (method) => {
      const { status, body } = await server.send(method, `${at}/some/path?a=b`);
      expect([status, body.toString()]).toEqual([200, `${method} /some/path?a=b`]);
    });

    test.each(['GET', 'HEAD'])('add the slash to a %s without a path', async (method) => {
      const { status, headers } = await server.send(method, `${at}?a=b`);
      expect([status, headers.location]).toEqual([301, `${at}/?a=b`]);
    });

    test('do not redirect what is no question', async () => {
      expect((await server.send('POST', at)).body.toString()).toBe('POST /');
    });

    test('lead redirects and links of pages back through themselves', async () => {
      expect((await server.send('GET', `${at}/moved`)).headers.location).toBe(`${at}/new/`);
      expect((await server.send('GET', `${at}/page`)).body.toString()).toBe(`<a href="${at}/next">é</a>`);
      const zipped = await server.send('GET', `${at}/zipped`, { headers: { 'accept-encoding': 'gzip' } });
      expect(gunzipSync(zipped.body).toString()).toBe(`<img src=${at}/a.png>`);
    });
  });
});
