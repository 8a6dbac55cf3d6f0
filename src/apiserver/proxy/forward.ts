import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import { ApiError } from '../../api/status.ts';
import { messageOf } from '../../util/errors.ts';
import { withoutBearer } from '../auth/authenticator.ts';
import type { Target } from './target.ts';

/** Headers that belong to one connection, and the caller's credentials, which must not leave this server. */
const notForwarded = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
  'cookie2',
]);

const impersonation = /^impersonate-/;

type Headers = Record<string, string | string[]>;

/** What the caller sent, less what is not to be passed on; `own` says who the caller is and cannot be forged by them. */
function forwardedHeaders(request: ApiRequest, own: Headers): Headers {
  const headers: Headers = {};
  const claimed = Object.keys(own).length > 0 ? /^x-remote-/ : undefined;
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || notForwarded.has(name) || impersonation.test(name) || claimed?.test(name) === true) continue;
    headers[name] = name === 'sec-websocket-protocol' ? withoutBearer(value) : value;
  }
  return { ...headers, ...own };
}

const open = (target: Target, method: string, headers: Headers, signal: AbortSignal): http.ClientRequest => {
  const options = { host: target.host, port: target.port, path: target.path, method, headers, signal, agent: false as const };
  if (target.protocol === 'http:') return http.request(options);
  return https.request({ ...options, ...(target.https ?? target.tls ?? { rejectUnauthorized: false }) });
};

const unreachable = (target: Target, cause: unknown): ApiError =>
  new ApiError('ServiceUnavailable', `error trying to reach service: ${target.host}:${target.port}: ${messageOf(cause)}`);

/** Passes one request on and answers with what came back, streamed. Faults of the connection are 503, upstream's way for proxies. */
export function forward(target: Target, request: ApiRequest, own: Headers = {}): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = open(target, request.method, forwardedHeaders(request, own), request.signal);
    outgoing.on('error', (cause) => reject(unreachable(target, cause)));
    outgoing.on('response', (incoming) => resolve(responseOf(incoming)));
    if (request.stream !== undefined) request.stream.pipe(outgoing);
    else outgoing.end(request.rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body)));
  });
}

function responseOf(incoming: IncomingMessage): ApiResponse {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !notForwarded.has(name) && name !== 'content-type') headers[name] = value;
  }
  return {
    status: incoming.statusCode ?? 502,
    headers,
    body: { kind: 'raw', contentType: incoming.headers['content-type'] ?? 'application/octet-stream', data: incoming },
  };
}

/**
 * Passes a request to switch protocols on and, when the other side agrees, joins the two connections byte for byte. So
 * WebSocket and SPDY both work without this server knowing either. A refusal is written back as plain HTTP.
 */
export function forwardUpgrade(
  target: Target,
  request: ApiRequest,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  own: Headers = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...forwardedHeaders(request, own), connection: 'Upgrade', upgrade: incoming.headers.upgrade ?? '' };
    const outgoing = open(target, request.method, headers, request.signal);
    outgoing.on('error', (cause) => reject(unreachable(target, cause)));
    outgoing.on('upgrade', (answer, remote, remoteHead) => {
      socket.write(statusAndHeaders(answer));
      if (remoteHead.length > 0) socket.write(remoteHead);
      if (head.length > 0) remote.write(head);
      join(socket, remote);
      join(remote, socket);
      resolve();
    });
    outgoing.on('response', (answer) => {
      socket.write(statusAndHeaders(answer, true));
      answer.pipe(socket);
      answer.on('error', () => socket.destroy());
      resolve();
    });
    outgoing.end();
  });
}

function join(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

/** The head of an answer as it came; with `closing`, for an answer whose end is the end of the connection. */
function statusAndHeaders(answer: IncomingMessage, closing = false): string {
  const lines = [`HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`];
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2) {
    const name = answer.rawHeaders[i] ?? '';
    if (closing && /^(connection|transfer-encoding|keep-alive)$/i.test(name)) continue;
    lines.push(`${name}: ${answer.rawHeaders[i + 1] ?? ''}`);
  }
  if (closing) lines.push('connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}
