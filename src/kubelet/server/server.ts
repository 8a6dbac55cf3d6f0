import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { mostHeaderBytes } from '../../util/http-limits.ts';
import type { Logger } from '../../util/log.ts';
import { createAccess } from './access.ts';
import type { KubeletServerBackend } from './backend.ts';
import { createDocuments } from './documents.ts';
import { serveAttach, serveExec } from './exec.ts';
import { serveLogs } from './logs.ts';
import { serveNodeLogs } from './node-logs.ts';
import { type Dial, spdyPortForward, websocketPortForward } from './port-forward.ts';
import { negotiate, type RemoteStreams, streamRequest } from './streams/remote.ts';
import { spdyExecProtocols, spdyStreams } from './streams/spdy-exec.ts';
import { webSocketUpgrade } from './streams/upgrade.ts';
import { execProtocols, websocketStreams } from './streams/websocket.ts';

export interface KubeletServerOptions {
  backend: KubeletServerBackend;
  /** Asked who a caller is and what it may; without one only the API server's own kubelet client is served. */
  client?: Client;
  clock: Clock;
  log: Logger;
  /** PEM. Callers must present a certificate of `clientCA`. */
  tls: { cert: string; key: string; clientCA: string };
  host: string;
  /** 0 takes a free one. */
  port: number;
}

export interface KubeletServer {
  port: number;
  close(): Promise<void>;
}

/** `SPDY/3.1+portforward.k8s.io` tunnels SPDY frames through WebSocket messages (KEP-4006). */
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const websocketProtocols: readonly string[] = [TUNNEL, ...execProtocols];

/**
 * The kubelet's HTTPS server, on upstream's paths.
 */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const { backend, clock, log, tls } = options;
  const denied = createAccess({ client: options.client, clock, nodeName: backend.nodeName });
  const documents = createDocuments(backend, clock);
  const server = createServer({
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCA,
    requestCert: true,
    rejectUnauthorized: false,
    maxHeaderSize: mostHeaderBytes,
  });
  const webSocket = webSocketUpgrade(websocketProtocols);

  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    void answer(request, response).catch((thrown: unknown) => {
      log.warn(`${request.method} ${request.url}: ${messageOf(thrown)}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(messageOf(thrown));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    void upgrade(request, socket, head).catch((thrown: unknown) => {
      log.warn(`${request.method} ${request.url}: ${messageOf(thrown)}`);
      refuse(socket, 500, messageOf(thrown));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const denial = url.pathname === '/healthz' ? undefined : await denied(request, url.pathname);
    if (denial !== undefined) {
      response.writeHead(denial.code, { 'content-type': 'text/plain' }).end(denial.text);
      return;
    }
    const [verb, namespace = '', pod = '', container = ''] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const document = await documents(url.pathname);
    if (document !== undefined) response.writeHead(200, { 'content-type': document.type }).end(document.body);
    else if (verb === 'containerLogs') await serveLogs(backend, clock, { namespace, pod, container }, url.searchParams, response);
    else if (verb === 'logs' && backend.logDir !== undefined) await serveNodeLogs(backend.logDir, url.pathname, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const denial = await denied(request, url.pathname);
    if (denial !== undefined) {
      refuse(socket, denial.code, denial.text);
      return;
    }
    const [verb = '', namespace = '', pod = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (verb === 'portForward') {
      const sandbox = await backend.sandboxId(namespace, pod);
      if (sandbox === undefined) refuse(socket, 404, `pod "${pod}" has no running sandbox`);
      else await portForward(request, socket, head, url, (port) => backend.runtime.portForward(sandbox, port));
      return;
    }
    // `/exec/<ns>/<pod>/<container>`, or with the uid before the container.
    const id = await backend.containerId(namespace, pod, rest.at(-1) ?? '', { running: true });
    if ((verb !== 'exec' && verb !== 'attach') || id === undefined) {
      refuse(socket, 404, `container not found ("${rest.at(-1) ?? ''}")`);
      return;
    }
    const wanted = streamRequest(url.searchParams);
    const remote = await remoteStreams(request, socket, head, wanted);
    if (remote === undefined) return;
    if (verb === 'attach') await serveAttach(backend.runtime, id, wanted, remote);
    else await serveExec(backend.runtime, id, url.searchParams.getAll('command'), wanted, remote);
  }

  async function remoteStreams(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    wanted: ReturnType<typeof streamRequest>,
  ): Promise<RemoteStreams | undefined> {
    if (isWebSocket(request)) return websocketStreams(await webSocket(request, socket, head), wanted);
    const protocol = negotiate(header(request, 'x-stream-protocol-version'), spdyExecProtocols);
    if (protocol === undefined) {
      refuse(socket, 403, `unable to upgrade: none of the stream protocols offered is served (${spdyExecProtocols.join(', ')})`);
      return undefined;
    }
    acceptSpdy(socket, head, protocol);
    return spdyStreams(socket, wanted, protocol);
  }

  async function portForward(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL, dial: Dial): Promise<void> {
    if (!isWebSocket(request)) {
      acceptSpdy(socket, head, 'portforward.k8s.io');
      await spdyPortForward(socket, dial);
      return;
    }
    const client = await webSocket(request, socket, head);
    if (client.protocol === TUNNEL) await spdyPortForward(createWebSocketStream(client), dial);
    else {
      const ports = url.searchParams
        .getAll('port')
        .concat(url.searchParams.getAll('ports'))
        .flatMap((text) => text.split(',').map(Number));
      await websocketPortForward(client, ports, dial);
    }
  }

  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve((server.address() as AddressInfo).port));
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Upgraded connections are no longer the HTTP server's, but it waits for them.
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};
const isWebSocket = (request: IncomingMessage): boolean => (header(request, 'upgrade') ?? '').toLowerCase() === 'websocket';

function refuse(socket: Duplex, code: number, text: string): void {
  const reason = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }[code] ?? 'Internal Server Error';
  socket.end(
    `HTTP/1.1 ${code} ${reason}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

function acceptSpdy(socket: Duplex, head: Buffer, protocol: string): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
}
