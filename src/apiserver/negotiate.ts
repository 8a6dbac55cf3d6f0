import { tableFor } from '../api/columns/columns.ts';
import type { ApiResponse } from '../api/http.ts';
import { apiVersionOf, type KubeList, type KubeObject, type WatchEvent } from '../api/object.ts';
import { messageFor, protobufMediaType, protobufWatchType } from '../api/protobuf/envelope.ts';
import { ApiError } from '../api/status.ts';
import { badRequest, type Call } from './rest/call.ts';

/** How an answer is to be encoded and in which form, as one clause of `Accept` says. */
export interface Accepted {
  encoding: 'json' | 'yaml' | 'protobuf';
  /** As the object itself, or transformed by meta.k8s.io/v1. */
  as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  pretty?: boolean;
}

const plain: Accepted = { encoding: 'json', as: 'object' };
const forms = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

export interface Offer {
  /** Whether the answer can be had as a Table or as metadata alone. */
  transformable: boolean;
  /** Whether it can be encoded in protobuf. */
  protobuf: boolean;
}

/** Of documents that are not API objects. */
export const jsonOnly: Offer = { transformable: false, protobuf: false };

const encodings: Record<string, Accepted['encoding']> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
  [protobufMediaType]: 'protobuf',
};

/**
 * The first clause of an Accept header that this server can serve; throws 406 when there is none (upstream:
 * endpoints/handlers/negotiation).
 */
export function negotiate(accept: string | undefined, offer: Offer): Accepted {
  if (accept === undefined || accept === '' || accept === 'application/json') return plain;
  const clauses = accept
    .split(',')
    .map(parseClause)
    .filter((clause) => clause.quality > 0);
  // Stable, so equal qualities keep their order.
  clauses.sort((a, b) => b.quality - a.quality);
  for (const { type, parameters } of clauses) {
    const encoding = encodings[type];
    if (encoding === undefined || (encoding === 'protobuf' && !offer.protobuf)) continue;
    const as = parameters.get('as');
    if (as === undefined) return { encoding, as: 'object' };
    const known =
      forms.has(as) && parameters.get('g') === 'meta.k8s.io' && (parameters.get('v') === 'v1' || parameters.get('v') === 'v1beta1');
    const encodable = encoding !== 'protobuf' || as !== 'Table';
    if (known && encodable && offer.transformable) return { encoding, as: as as Accepted['as'] };
  }
  const types = ['application/json', 'application/yaml', ...(offer.protobuf ? [protobufMediaType] : [])];
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);
}

interface Clause {
  type: string;
  quality: number;
  parameters: Map<string, string>;
}

export function parseClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(rest.map((part): [string, string] => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]));
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), quality: Number.isFinite(quality) ? quality : 0, parameters };
}

/** The response in the form that the request accepts. Statuses and raw bodies stay as they are. */
export function present(call: Call, response: ApiResponse): ApiResponse {
  const { body } = response;
  const accept = call.request.headers['accept'];
  if (body.kind === 'raw' || accept === undefined || accept === 'application/json') return response;
  const { kind } = call.resource;
  const protobuf = messageFor(apiVersionOf(kind), kind.kind) !== undefined;
  const { as, encoding } = negotiate(accept, { transformable: true, protobuf });
  if (body.kind === 'watch') {
    const events = as === 'object' ? body.events : presentEvents(call, body.events, as);
    const headers = encoding === 'protobuf' ? { ...response.headers, 'content-type': protobufWatchType } : response.headers;
    return { ...response, ...(headers === undefined ? {} : { headers }), body: { kind: 'watch', events } };
  }
  if (as === 'object' || response.status >= 400) return response;
  const value = body.value as KubeObject | KubeList;
  if (value.kind === 'Status') return response;
  return { ...response, body: { kind: 'object', value: transform(call, value, as) } };
}

const isList = (value: KubeObject | KubeList): value is KubeList =>
  'items' in value && Array.isArray(value.items) && (value.kind ?? '').endsWith('List');

function transform(call: Call, value: KubeObject | KubeList, as: Accepted['as']): unknown {
  if (as === 'Table') return toTable(call, value);
  const list = isList(value);
  if (list !== (as === 'PartialObjectMetadataList')) {
    throw new ApiError(
      'NotAcceptable',
      `the server was unable to respond with a content type that the client supports: ${as} cannot represent ${value.kind ?? 'this object'}`,
    );
  }
  if (!list) return partial(value);
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: value.metadata, items: value.items.map(partial) };
}

const partial = (object: KubeObject): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

function toTable(call: Call, value: KubeObject | KubeList): ReturnType<typeof tableFor> & { metadata: unknown } {
  const list = isList(value);
  const objects = list ? value.items : [value];
  const table = tableFor(call.resource.kind, objects, { now: call.rest.clock.now(), includeObject: includeObject(call) });
  const metadata = list ? value.metadata : { resourceVersion: value.metadata.resourceVersion };
  return { ...table, metadata };
}

function includeObject(call: Call): 'Metadata' | 'Object' | 'None' {
  const value = call.request.query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'Object' || value === 'None') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

async function* presentEvents(
  call: Call,
  events: AsyncIterable<WatchEvent & { json?: Buffer }>,
  as: Accepted['as'],
): AsyncGenerator<WatchEvent & { json?: Buffer }> {
  let first = true;
  for await (const event of events) {
    if (event.type === 'ERROR') {
      yield event;
      continue;
    }
    if (as !== 'Table') {
      yield { type: event.type, object: partial(event.object) };
      continue;
    }
    const table: { columnDefinitions?: unknown; rows: unknown[] } = toTable(call, event.object);
    // Only the first event says what the columns are (upstream: a watch's tables after the first leave them out).
    if (!first) table.columnDefinitions = null;
    if (event.type !== 'BOOKMARK') first = false;
    else table.rows = [{ cells: [], object: partial(event.object) }];
    yield { type: event.type, object: table as unknown as KubeObject };
  }
}
