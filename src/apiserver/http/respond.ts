import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { stringify as stringifyYaml } from 'yaml';
import type { ApiBody, ApiResponse, EncodedParts } from '../../api/http.ts';
import type { WatchEvent } from '../../api/object.ts';
import { encodeObject, encodeWatchFrame, messageFor, protobufMediaType, protobufWatchType } from '../../api/protobuf/envelope.ts';
import { type Accepted, negotiate } from '../negotiate.ts';

/** Bodies from this size on are compressed for clients that accept it (upstream: defaultGzipThresholdBytes). */
const gzipFrom = 128 * 1024;
const compress = promisify(gzip);
const mostYaml = 256 * 1024;

/**
 * Writes an API response to the wire. Resolves when all of it is handed over, or the client is gone. All headers go to
 * Node in one object: setting them one by one costs more than the rest of a small answer.
 *
 * @param own the listener's headers; the answer's come after them.
 */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers: answered, body }: ApiResponse,
  own: OutgoingHttpHeaders,
): Promise<void> {
  const headers: OutgoingHttpHeaders = { 'cache-control': 'no-cache, private', ...own, ...answered };
  if (body.kind === 'object') {
    const { bytes, type } = encoded(request, body);
    headers['content-type'] ??= type;
    await sendBytes(request, response, status, headers, bytes);
  } else if (body.kind === 'watch') {
    headers['content-type'] ??= 'application/json';
    await sendWatch(response, headers, body.events);
  } else {
    headers['content-type'] = body.contentType;
    await sendRaw(request, response, status, headers, body.data);
  }
}

type ObjectBody = Extract<ApiBody, { kind: 'object' }>;

type Bytes = Buffer | EncodedParts;

function encoded(request: IncomingMessage, body: ObjectBody): { bytes: Bytes; type: string } {
  const { accept } = request.headers;
  const encoding = accept === undefined || !/yaml|protobuf/.test(accept) ? 'json' : encodingFor(accept, body);
  if (encoding === 'protobuf') {
    const bytes = encodeObject(body.value as { apiVersion?: string; kind?: string });
    if (bytes !== undefined) return { bytes, type: protobufMediaType };
  }
  if (encoding === 'yaml') return { bytes: yamlOf(body), type: 'application/yaml' };
  if (wantsPretty(request))
    return { bytes: Buffer.from(`${JSON.stringify(shownValue(body.value), undefined, 2)}\n`), type: 'application/json' };
  return { bytes: body.json ?? Buffer.from(JSON.stringify(body.value)), type: 'application/json' };
}

/** Writing YAML takes its time, so what is large stays the JSON that it is: YAML contains it. */
function yamlOf({ value, json = Buffer.from(JSON.stringify(value)) }: ObjectBody): Bytes {
  return json.length > mostYaml ? json : Buffer.from(stringifyYaml(shownValue(value), { aliasDuplicateObjects: false }));
}

type Typed = { apiVersion?: string; kind?: string };

/** Items of typed lists come without the type that the list says already; those of custom resources and of metadata keep it. */
function shownValue(value: unknown): unknown {
  const { apiVersion = '', kind = '', items } = (value ?? {}) as Typed & { items?: readonly Typed[] };
  if (!Array.isArray(items) || apiVersion.startsWith('meta.k8s.io/') || messageFor(apiVersion, kind) === undefined) return value;
  const shown = (items as readonly Typed[]).map(({ kind: own, apiVersion: version, ...rest }) =>
    `${own}List` === kind && version === apiVersion ? rest : { kind: own, apiVersion: version, ...rest },
  );
  return { ...(value as object), items: shown };
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

async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  plain: Bytes,
): Promise<void> {
  let bytes = plain;
  if (plain.length >= gzipFrom && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    // Level 1, as upstream: the wire is local and the time is not.
    bytes = await compress(Buffer.isBuffer(plain) ? plain : gathered(plain), { level: 1 });
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
  }
  headers['content-length'] = bytes.length;
  response.writeHead(status, headers);
  if (request.method === 'HEAD') response.end();
  else if (Buffer.isBuffer(bytes)) response.end(bytes);
  else await sendParts(response, bytes);
}

function gathered({ length, parts }: EncodedParts): Buffer {
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts()) at += part.copy(whole, at);
  return whole;
}

/** Asks for a part when the one before has left the process. */
async function sendParts(response: ServerResponse, { parts }: EncodedParts): Promise<void> {
  for (const part of parts()) {
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.write(part, () => {
        response.off('close', resolve);
        resolve();
      });
    });
    if (response.destroyed) return;
  }
  response.end();
}

/** A promise where the connection takes no more for now; it resolves when it does, or nobody is there to read it. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> | undefined {
  if (response.write(bytes) || response.destroyed) return undefined;
  return new Promise((resolve) => {
    const goOn = (): void => {
      response.off('drain', goOn).off('close', goOn);
      resolve();
    };
    response.on('drain', goOn).on('close', goOn);
  });
}

async function sendRaw(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  data: Extract<ApiBody, { kind: 'raw' }>['data'],
): Promise<void> {
  if (typeof data === 'string' || Buffer.isBuffer(data)) {
    await sendBytes(request, response, status, headers, Buffer.from(data));
    return;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  await pipeline(data, response);
}

type Events = AsyncIterable<WatchEvent & { json?: Buffer }>;

/**
 * Each event is one chunk of the chunked encoding, framed here and not by Node: so the bytes of an event are made once for
 * all watches, and each connection is written to once.
 */
async function sendWatch(response: ServerResponse, headers: OutgoingHttpHeaders, events: Events): Promise<void> {
  const protobuf = headers['content-type'] === protobufWatchType;
  response.writeHead(200, headers);
  response.flushHeaders();
  // A client of HTTP/1.0 reads to the end of the connection instead.
  const chunked = response.chunkedEncoding;
  response.chunkedEncoding = false;
  for await (const event of events) {
    if (response.destroyed) return;
    const { line, chunk } = protobuf ? framed(encodeWatchFrame(event.type, event.object)) : frameOf(event);
    const blocked = write(response, chunked ? chunk : line);
    if (blocked !== undefined) await blocked;
  }
  response.end(chunked ? lastChunk : undefined);
}

const lastChunk = Buffer.from('0\r\n\r\n');

/** An event on the wire, as it is and as a chunk. */
interface Frame {
  line: Buffer;
  chunk: Buffer;
}

function framed(...parts: Buffer[]): Frame {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.from(`${length.toString(16)}\r\n`);
  const chunk = Buffer.concat([head, ...parts, crlf]);
  return { chunk, line: chunk.subarray(head.length, -crlf.length) };
}

/** Frames of events made once and shared by every watch that sends the same bytes. */
const frames = new WeakMap<Buffer, { type: string; frame: Frame }>();
const crlf = Buffer.from('\r\n');
const lineEnd = Buffer.from('}\n');

function frameOf({ json, type, object }: WatchEvent & { json?: Buffer }): Frame {
  const known = json === undefined ? undefined : frames.get(json);
  if (known?.type === type) return known.frame;
  const frame = framed(Buffer.from(`{"type":"${type}","object":`), json ?? Buffer.from(JSON.stringify(object)), lineEnd);
  if (json === undefined) return frame;
  frames.set(json, { type, frame });
  return frame;
}
