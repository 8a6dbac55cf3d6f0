import http from 'node:http';
import https from 'node:https';
import type { WatchEvent } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import { type Clock, delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Client } from './client.ts';
import { jsonLines } from './json-lines.ts';
import { type ClientRequest, errorFromBody, errorFromEvent, transportError } from './transport.ts';
import { clientOver } from './verbs.ts';

export interface HttpsClientOptions {
  /** Such as `https://127.0.0.1:6443`. */
  server: string;
  /** PEM of the authority that signed the server's certificate. */
  ca?: string;
  /** PEM of the client certificate and its key. */
  cert?: string;
  key?: string;
  /** Bearer token; a function is asked before each request, so that a projected token may rotate. */
  token?: string | (() => string | Promise<string>);
  clock: Clock;
  userAgent?: string;
}

/** A request that takes this long is given up; watches are exempt. */
const requestTimeoutMs = 60_000;
/** client-go's limit on answers that say Retry-After. */
const maxRetries = 10;

/**
 * A client over TLS with kept-alive connections; each watch has a connection of its own. Answers with `Retry-After` (429
 * and 5xx) are tried again after that time, as client-go does. Faults of the network are `ServiceUnavailable` with `cause`.
 */
export function createHttpsClient(options: HttpsClientOptions): Client & { close(): void } {
  const base = new URL(options.server);
  const plain = base.protocol === 'http:';
  const tls = { ca: options.ca, cert: options.cert, key: options.key };
  const Agent = plain ? http.Agent : https.Agent;
  const pooled = new Agent({ keepAlive: true, keepAliveMsecs: 15_000, maxSockets: 64, ...tls });
  const single = new Agent({ keepAlive: false, keepAliveMsecs: 15_000, ...tls });

  const open = async (request: ClientRequest, agent: http.Agent, timeout: number): Promise<http.IncomingMessage> => {
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const search = request.query.size === 0 ? '' : `?${request.query}`;
    return new Promise((resolve, reject) => {
      const outgoing = (plain ? http : https).request({
        agent,
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port === '' ? (plain ? 80 : 443) : base.port,
        method: request.method,
        path: `${base.pathname.replace(/\/$/, '')}${request.path}${search}`,
        timeout,
        headers: {
          accept: 'application/json',
          'user-agent': options.userAgent ?? 'shoal',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(payload === undefined ? {} : { 'content-type': request.contentType ?? 'application/json', 'content-length': payload.length }),
        },
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      outgoing.on('socket', (socket) => socket.setKeepAlive(true, 15_000));
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${timeout / 1000} s`)));
      outgoing.on('error', (cause) => {
        const error = transportError(`${request.method} ${base.origin}${request.path}: ${messageOf(cause)}`, cause);
        reject(Object.assign(error, { staleSocket: outgoing.reusedSocket }));
      });
      outgoing.on('response', resolve);
      outgoing.end(payload);
    });
  };

  const attempt = async (request: ClientRequest): Promise<{ value: unknown } | { error: ApiError; retryAfterMs: number | undefined }> => {
    const response = await open(request, pooled, requestTimeoutMs);
    const body = await readBody(response);
    const code = response.statusCode ?? 500;
    if (code < 400) return { value: body };
    const after = Number(response.headers['retry-after']);
    const retriable = (code === 429 || code >= 500) && response.headers['retry-after'] !== undefined && Number.isFinite(after);
    return { error: errorFromBody(code, body), retryAfterMs: retriable ? after * 1000 : undefined };
  };

  const send = async (request: ClientRequest): Promise<unknown> => {
    let stale = 0;
    for (let tries = 0; ; tries++) {
      try {
        const outcome = await attempt(request);
        if ('value' in outcome) return outcome.value;
        if (outcome.retryAfterMs === undefined || tries >= maxRetries) throw outcome.error;
        await delay(options.clock, outcome.retryAfterMs, request.signal);
      } catch (thrown) {
        // A kept-alive connection that the server had already closed: reads are simply asked again.
        const fresh = request.method === 'GET' && isStale(thrown) && ++stale <= 3;
        if (!fresh) throw thrown;
      }
    }
  };

  async function* watch(request: ClientRequest): AsyncGenerator<WatchEvent> {
    const left = new AbortController();
    const signal = request.signal === undefined ? left.signal : AbortSignal.any([request.signal, left.signal]);
    try {
      const response = await open({ ...request, signal }, single, 0);
      const code = response.statusCode ?? 500;
      if (code >= 400) throw errorFromBody(code, await readBody(response));
      for await (const value of jsonLines(response)) {
        const event = value as WatchEvent;
        if (event.type === 'ERROR') throw errorFromEvent(event.object);
        yield event;
      }
    } catch (thrown) {
      if (request.signal?.aborted === true) return;
      throw thrown instanceof ApiError ? thrown : transportError(`watch of ${request.path} broke: ${messageOf(thrown)}`, thrown);
    } finally {
      left.abort();
    }
  }

  const close = (): void => {
    pooled.destroy();
    single.destroy();
  };
  return { ...clientOver({ send, watch }), close };
}

const isStale = (thrown: unknown): boolean => thrown instanceof Error && 'staleSocket' in thrown && thrown.staleSocket === true;

/** JSON where the answer says so, text otherwise. */
async function readBody(response: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw transportError(`the answer broke off: ${messageOf(cause)}`, cause);
  }
  const text = Buffer.concat(chunks).toString();
  if (!(response.headers['content-type'] ?? '').includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw transportError('the answer is not valid JSON', cause);
  }
}
