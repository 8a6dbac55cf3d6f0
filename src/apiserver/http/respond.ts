import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { stringify as stringifyYaml } from 'yaml';
import type { ApiBody, ApiResponse } from '../../api/http.ts';
import type { WatchEvent } from '../../api/object.ts';
import { encodeObject, encodeWatchFrame, messageFor, protobufMediaType, protobufWatchType } from '../../api/protobuf/envelope.ts';
import { type Accepted, negotiate } from '../negotiate.ts';

/** Bodies from this size on are compressed for clients that accept it (upstream: defaultGzipThresholdBytes). */
const gzipFrom = 128 * 1024;
const compress = promisify(gzip);

/** Writes an API response to the wire. Resolves when all of it is handed over, or the client is gone. */
export async function respond(request: IncomingMessage, response: ServerResponse, answer: ApiResponse): Promise<void> {
  const { body } = answer;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.headers?.['cache-control'] === undefined) response.setHeader('cache-control', 'no-cache, private');
  if (body.kind === 'object') await sendObject(request, response, answer.status, body);
  else if (body.kind === 'watch') await sendWatch(response, body.events, answer.headers?.['content-type'] === protobufWatchType);
  else await sendRaw(request, response, answer.status, body);
}

type ObjectBody = Extract<ApiBody, { kind: 'object' }>;

async function sendObject(request: IncomingMessage, response: ServerResponse, status: number, body: ObjectBody): Promise<void> {
  const { bytes, type } = encoded(request, body);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', type);
  await sendBytes(request, response, status, bytes);
}

function encoded(request: IncomingMessage, body: ObjectBody): { bytes: Buffer; type: string } {
  const { accept } = request.headers;
  const encoding = accept === undefined || !/yaml|protobuf/.test(accept) ? 'json' : encodingFor(accept, body);
  if (encoding === 'protobuf') {
    const bytes = encodeObject(body.value as { apiVersion?: string; kind?: string });
    if (bytes !== undefined) return { bytes, type: protobufMediaType };
  }
  if (encoding === 'yaml')
    return { bytes: Buffer.from(stringifyYaml(body.value, { aliasDuplicateObjects: false })), type: 'application/yaml' };
  if (wantsPretty(request)) return { bytes: Buffer.from(`${JSON.stringify(body.value, undefined, 2)}\n`), type: 'application/json' };
  return { bytes: body.json ?? Buffer.from(JSON.stringify(body.value)), type: 'application/json' };
}

/** A Status must reach even a client whose Accept cannot be met. */
function encodingFor(accept: string, { value }: ObjectBody): Accepted['encoding'] {
  const { apiVersion = '', kind = '' } = value as { apiVersion?: string; kind?: string };
  try {
    return negotiate(accept, { transformable: true, protobuf: messageFor(apiVersion, kind) !== undefined }).encoding;
  } catch {
    return 'json';
  }
}

/** Asked for, or a browser or curl that did not say (upstream: isPrettyPrint). */
function wantsPretty(request: IncomingMessage): boolean {
  const { url = '' } = request;
  const asked = /[?&]pretty=([^&]*)/.exec(url)?.[1];
  if (asked !== undefined) return asked === '1' || asked.toLowerCase() === 'true';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers['user-agent'] ?? '');
}

async function sendBytes(request: IncomingMessage, response: ServerResponse, status: number, plain: Buffer): Promise<void> {
  let bytes = plain;
  if (plain.length >= gzipFrom && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    // Level 1, as upstream: the wire is local and the time is not.
    bytes = await compress(plain, { level: 1 });
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('vary', 'Accept-Encoding');
  }
  response.writeHead(status, { 'content-length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

type RawBody = Extract<ApiBody, { kind: 'raw' }>;

async function sendRaw(request: IncomingMessage, response: ServerResponse, status: number, body: RawBody): Promise<void> {
  response.setHeader('content-type', body.contentType);
  if (typeof body.data === 'string' || Buffer.isBuffer(body.data)) {
    await sendBytes(request, response, status, Buffer.from(body.data));
    return;
  }
  response.writeHead(status);
  response.flushHeaders();
  await pipeline(body.data, response);
}

type Events = AsyncIterable<WatchEvent & { json?: Buffer }>;

async function sendWatch(response: ServerResponse, events: Events, protobuf: boolean): Promise<void> {
  response.writeHead(200, protobuf ? {} : { 'content-type': 'application/json' });
  response.flushHeaders();
  for await (const event of events) {
    if (response.destroyed) return;
    const bytes = protobuf ? encodeWatchFrame(event.type, event.object) : frame(event);
    if (!response.write(bytes) && !response.destroyed) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

/** Lines of events made once and shared by every watch that sends the same bytes. */
const frames = new WeakMap<Buffer, { type: string; line: Buffer }>();
const lineEnd = Buffer.from('}\n');

function frame(event: WatchEvent & { json?: Buffer }): Buffer {
  const { json, type } = event;
  if (json === undefined) return Buffer.from(`{"type":"${type}","object":${JSON.stringify(event.object)}}\n`);
  const known = frames.get(json);
  if (known?.type === type) return known.line;
  const line = Buffer.concat([Buffer.from(`{"type":"${type}","object":`), json, lineEnd]);
  frames.set(json, { type, line });
  return line;
}
