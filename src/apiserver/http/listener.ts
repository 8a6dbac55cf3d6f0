import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import { messageOf } from '../../util/errors.ts';
import { mostHeaderBytes } from '../../util/http-limits.ts';
import type { Logger } from '../../util/log.ts';
import type { ClientCertificate } from '../auth/authenticator.ts';
import type { UserInfo } from '../auth/user.ts';
import { errorResponse } from '../handle.ts';
import { parseRequest } from '../paths.ts';
import { decodeBytes, readBody } from './read-body.ts';
import { respond } from './respond.ts';

export interface ListenerOptions {
  log: Logger;
  tls: { cert: string; key: string; clientCA: string };
  /** Throws 401 when the credentials are wrong; without any, the answer is the anonymous user. */
  authenticate(credentials: {
    certificate: ClientCertificate | undefined;
    headers: ApiRequest['headers'];
    /** Every value of every header; Node makes this when it is asked. */
    repeated(): NodeJS.Dict<string[]>;
  }): Promise<UserInfo>;
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
  /** Whether another server answers the path, so that the body is passed on unread. */
  passedOn(path: string): boolean;
  /** Takes over connections that ask for another protocol: exec, attach, port-forward, proxied WebSockets. */
  upgrade(request: ApiRequest, user: UserInfo, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export interface Listener {
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  close(): Promise<void>;
}

/** The HTTPS front: credentials, bodies and encodings; everything else is `handle`. */
export function createListener(options: ListenerOptions): Listener {
  const { log, tls } = options;
  const certificates = new WeakMap<object, ClientCertificate | null>();
  const server = createServer({
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCA,
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: 180_000,
    headersTimeout: 32_000,
    // For sending a request, not for answering it.
    requestTimeout: 300_000,
    maxHeaderSize: mostHeaderBytes,
    noDelay: true,
  });
  const identify = async (incoming: IncomingMessage): Promise<UserInfo> =>
    options.authenticate({
      certificate: certificateOf(incoming, certificates),
      headers: flatHeaders(incoming),
      repeated: () => incoming.headersDistinct,
    });

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = requestOf(incoming, response);
    const auditId = randomUUID();
    request.auditId = auditId;
    const headers: OutgoingHttpHeaders = { 'audit-id': auditId };
    const { remoteAddress } = incoming.socket;
    if (remoteAddress !== undefined) request.remoteAddress = remoteAddress;
    let result: ApiResponse;
    try {
      const user = await identify(incoming);
      if (isProxied(request) || options.passedOn(request.path)) request.stream = incoming;
      else if (withBody.has(request.method)) request.readBody = () => addBody(request, incoming);
      result = await options.handle(request, user);
    } catch (thrown) {
      result = errorResponse(thrown, log, request);
    }
    // Little that was not read of a body is read away before the next request; a client that sends more has to connect anew.
    if (result.status >= 400 && !incoming.complete && !isShort(incoming)) headers.connection = 'close';
    try {
      await respond(incoming, response, result, headers);
    } catch (thrown) {
      if (!response.closed) log.debug(`${request.method} ${request.path}: the answer broke off: ${messageOf(thrown)}`);
      response.destroy();
    }
  };

  server.on('request', (incoming, response) => void answer(incoming, response));
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const request = requestOf(incoming, socket);
    identify(incoming)
      .then((user) => options.upgrade(request, user, incoming, socket, head))
      .catch((thrown: unknown) => refuseUpgrade(socket, errorResponse(thrown, log, request)));
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug(`TLS handshake with ${socket.remoteAddress ?? 'a client'} failed: ${error.message}`);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.removeListener('error', reject);
          resolve({ port: (server.address() as AddressInfo).port });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One for all: making an error with its stack for every request would cost more than answering it. */
const callerLeft = new Error('the caller is gone');

const withBody = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The bodies of proxied requests are passed on as they come. */
function isProxied({ method, path, query }: ApiRequest): boolean {
  if (!path.includes('/proxy')) return false;
  const { isResource, subresource } = parseRequest(method, path, query);
  return isResource && subresource === 'proxy';
}

/** Upstream's server reads on to this length too. */
const isShort = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? '0') <= 256 * 1024;

async function addBody(request: ApiRequest, incoming: IncomingMessage): Promise<void> {
  const bytes = await readBody(incoming);
  if (bytes.length === 0) return;
  Object.assign(request, await decodeBytes(bytes, request.headers['content-type'], request.method === 'PATCH'));
}

const methods = new Set<string>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

/** Nobody changes a request's query, so those without one share it. */
const noQuery = new URLSearchParams();

/** @param answer closes when the caller goes away, or has the whole answer. */
function requestOf(incoming: IncomingMessage, answer: ServerResponse | Duplex): ApiRequest {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const method = incoming.method ?? 'GET';
  let left: AbortSignal | undefined;
  return {
    method: (methods.has(method) ? method : 'OPTIONS') as ApiRequest['method'],
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1)),
    headers: flatHeaders(incoming),
    // Made when asked for: few requests take long enough for anybody to ask.
    get signal() {
      left ??= abortedWhenClosed(answer);
      return left;
    },
  };
}

function abortedWhenClosed(answer: ServerResponse | Duplex): AbortSignal {
  if (answer.closed) return AbortSignal.abort(callerLeft);
  const left = new AbortController();
  answer.once('close', () => left.abort(callerLeft));
  return left.signal;
}

/** Node joins repeated headers itself, but for `set-cookie`, which no request has. */
const flatHeaders = (incoming: IncomingMessage): ApiRequest['headers'] => incoming.headers as ApiRequest['headers'];

/** The verified client certificate's subject; looked up once for each connection. */
function certificateOf(incoming: IncomingMessage, known: WeakMap<object, ClientCertificate | null>): ClientCertificate | undefined {
  const socket = incoming.socket as TLSSocket;
  const cached = known.get(socket);
  if (cached !== undefined) return cached ?? undefined;
  let certificate: ClientCertificate | null = null;
  if (socket.authorized) {
    const { subject, fingerprint256 } = socket.getPeerCertificate();
    const organizations: unknown = subject?.O;
    certificate = {
      commonName: String(subject?.CN ?? ''),
      organizations: Array.isArray(organizations) ? organizations.map(String) : organizations === undefined ? [] : [String(organizations)],
      fingerprint: fingerprint256,
    };
  }
  known.set(socket, certificate);
  return certificate ?? undefined;
}

/** Answers an upgrade request that is refused, in plain HTTP. */
export function refuseUpgrade(socket: Duplex, { status, body }: ApiResponse): void {
  const text = body.kind === 'object' ? JSON.stringify(body.value) : body.kind === 'raw' ? String(body.data) : '';
  const type = body.kind === 'raw' ? body.contentType : 'application/json';
  socket.end(
    `HTTP/1.1 ${status} ${statusText(status)}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

const statusText = (status: number): string => (status < 400 ? 'OK' : status < 500 ? 'Refused' : 'Internal Server Error');
