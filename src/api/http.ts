import type { WatchEvent } from './object.ts';

/**
 * One API request, with or without HTTP around it. The API server's `handle` answers these; the HTTP listener and the
 * in-process client both speak them, so there is one REST path for every kind and transport.
 */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** The path alone, such as `/api/v1/namespaces/default/pods/web-0`. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string | undefined>;
  /** Decoded JSON/YAML body; in process the very object that the caller passed. Absent when there was none. */
  body?: unknown;
  /** The undecoded body where it came over HTTP, for decoders that report duplicate or unknown fields. */
  rawBody?: Buffer;
  /** The same of a body of YAML. */
  yamlBody?: Buffer;
  /** Why there is no `body` although one was sent; whoever needs the body refuses with it. */
  bodyFault?: BodyFault;
  /** Of a YAML body: the keys that occur twice in one mapping, in words. */
  duplicateKeys?: readonly string[];
  /** Sets these, where they come over HTTP: called once the caller may do what is asked, and not before. */
  readBody?: () => Promise<void>;
  /** The unread body where it came over HTTP and is only passed on (proxied requests). */
  stream?: NodeJS.ReadableStream;
  /** Where it came from over HTTP, and the name it was answered under; for the audit log. */
  remoteAddress?: string;
  auditId?: string;
  /** Aborted when the caller goes away; ends watches and streams. */
  signal: AbortSignal;
}

/** A body that could not be decoded: of a media type that is not read, or no text of its type. */
export interface BodyFault {
  reason: 'media type' | 'syntax';
  /** In upstream's words. */
  text: string;
}

/** A long encoding that is made while it is sent. */
export interface EncodedParts {
  /** In bytes, of all parts together. */
  readonly length: number;
  /** Each part is overwritten when the next one is asked for. */
  parts(): Iterable<Buffer>;
}

export type ApiBody =
  /** One object or list; `json` is its encoding where it is already known. */
  | { kind: 'object'; value: unknown; json?: Buffer | EncodedParts }
  /** A watch; ends when the iterable ends. */
  | { kind: 'watch'; events: AsyncIterable<WatchEvent & { json?: Buffer }> }
  /** Anything else: logs, metrics, plain text, proxied answers. */
  | { kind: 'raw'; contentType: string; data: Buffer | string | NodeJS.ReadableStream };

export interface ApiResponse {
  status: number;
  headers?: Record<string, string | string[]>;
  body: ApiBody;
}
