import { partialMetadata, tableFor } from '../api/columns/columns.ts';
import type { IncludeObject, Table } from '../api/columns/table.ts';
import type { ApiResponse } from '../api/http.ts';
import { apiVersionOf, type KubeList, type KubeObject, type WatchEvent } from '../api/object.ts';
import { messageFor, protobufMediaType, protobufWatchType } from '../api/protobuf/envelope.ts';
import { ApiError } from '../api/status.ts';
import { badRequest, type Call } from './rest/call.ts';
import { subresourceFacts } from './subresource-facts.ts';

/** How an answer is to be encoded and in which form, as one clause of `Accept` says. */
export interface Accepted {
  encoding: 'json' | 'yaml' | 'protobuf';
  /** As the object itself, or transformed by meta.k8s.io/v1. */
  as: 'object' | Form;
  /** The version of meta.k8s.io that the form is asked in. */
  version: string;
}

type Form = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

const plain: Accepted = { encoding: 'json', as: 'object', version: 'v1' };
const forms = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

export interface Offer {
  /** Whether the answer can be had as a Table or as metadata alone. */
  transformable: boolean;
  /** False where it can be had as metadata, but not as a Table. */
  table?: boolean;
  /** Whether it can be encoded in protobuf, be it as metadata alone. */
  protobuf: boolean | 'metadata';
}

/** Of documents that are not API objects. */
export const jsonOnly: Offer = { transformable: false, protobuf: false };
/** Of the lists of discovery, which have a message each. */
export const discoveryOffer: Offer = { transformable: false, protobuf: true };

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
    if (encoding === undefined || (encoding === 'protobuf' && offer.protobuf === false)) continue;
    const as = parameters.get('as');
    if (encoding === 'protobuf' && as === undefined && offer.protobuf === 'metadata') continue;
    if (as === undefined) return { ...plain, encoding };
    const version = parameters.get('v') ?? '';
    const known = forms.has(as) && parameters.get('g') === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1');
    const encodable = as !== 'Table' || (encoding !== 'protobuf' && offer.table !== false);
    if (known && encodable && offer.transformable) return { encoding, as: as as Form, version };
  }
  throw notAcceptable(['application/json', 'application/yaml', ...(offer.protobuf ? [protobufMediaType] : [])]);
}

const notAcceptable = (types: readonly string[]): ApiError =>
  new ApiError('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);

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

/** Subresources whose answers come as what they connect to sends them. */
const streamed = new Set(['log', 'proxy', 'exec', 'attach', 'portforward']);
/** Subresources that have no table, as upstream's storage of them converts to none. */
const withoutTable = new Set(['binding', 'eviction', 'token', 'finalize']);

/** How the answer is to be given; throws 406 before anything is done about the request. */
export function acceptedFor(call: Call): Accepted {
  const accept = call.request.headers['accept'];
  const { subresource } = call.info;
  if (accept === undefined || accept === 'application/json' || streamed.has(subresource)) return plain;
  const { kind } = call.resource;
  // Reviews and bindings, which are created and nothing else, have no table either.
  const table = kind.verbs.includes('list') && !withoutTable.has(subresource);
  // What has no message of its own still has metadata.
  const protobuf = messageFor(apiVersionOf(kind), kind.kind) !== undefined || (kind.custom === undefined ? false : 'metadata');
  const accepted = negotiate(accept, { transformable: true, table, protobuf });
  if (call.info.verb === 'watch' && accepted.encoding === 'yaml') {
    throw notAcceptable(['application/json;stream=watch', protobufWatchType]);
  }
  if (accepted.as === 'Table') includeObject(call);
  return accepted;
}

/** The response as it was accepted. Statuses and raw bodies stay as they are. */
export function present(call: Call, response: ApiResponse, { as, encoding, version }: Accepted): ApiResponse {
  const { body } = response;
  if (body.kind === 'raw') return response;
  const target = as === 'object' ? undefined : { as, apiVersion: `meta.k8s.io/${version}` };
  if (body.kind === 'watch') {
    const events = target === undefined ? body.events : presentEvents(call, body.events, target);
    const headers = encoding === 'protobuf' ? { ...response.headers, 'content-type': protobufWatchType } : response.headers;
    return { ...response, ...(headers === undefined ? {} : { headers }), body: { kind: 'watch', events } };
  }
  if (target === undefined || response.status >= 400) return response;
  const value = body.value as KubeObject | KubeList;
  if (value.kind === 'Status') return response;
  return { ...response, body: { kind: 'object', value: transform(call, value, target) } };
}

/** The form asked for, in the version that the client named. */
interface Target {
  as: Form;
  apiVersion: string;
}

const isList = (value: KubeObject | KubeList): value is KubeList =>
  'items' in value && Array.isArray(value.items) && (value.kind ?? '').endsWith('List');

function transform(call: Call, value: KubeObject | KubeList, { as, apiVersion }: Target): unknown {
  if (as === 'Table') return toTable(call, value, apiVersion);
  const list = isList(value);
  if (list !== (as === 'PartialObjectMetadataList')) {
    const is = list ? 'is a list' : 'is not a list';
    throw new ApiError('NotAcceptable', `you requested ${as}, but the requested object ${is} (${goType(call, value.kind ?? '')})`);
  }
  if (!list) return partialMetadata(value, apiVersion);
  const items = value.items.map((item) => partialMetadata(item, apiVersion));
  // Of no items Go's list is nil.
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata: listMetadata(value), items: items.length === 0 ? null : items };
}

/** As Go prints the internal type of a value. */
function goType({ resource: { storage } }: Call, kind: string): string {
  if (storage.custom !== undefined) return `*unstructured.Unstructured${kind.endsWith('List') ? 'List' : ''}`;
  return `*${storage.group === '' ? 'core' : storage.group.replace(/\..*$/, '')}.${kind}`;
}

/** Typed lists leave out that nothing follows. */
function listMetadata({ metadata }: KubeList): KubeList['metadata'] {
  const { continue: next, ...rest } = metadata;
  return next === undefined || next === '' ? rest : { ...rest, continue: next };
}

function toTable(call: Call, value: KubeObject | KubeList, apiVersion: string): Table {
  const list = isList(value);
  const objects = list ? value.items : [value];
  const own = list ? undefined : subresourceFacts(call.resource.kind, call.info.subresource).kind;
  const table = tableFor(own ?? call.resource.kind, objects, {
    now: call.rest.clock.now(),
    includeObject: includeObject(call),
    apiVersion,
  });
  const metadata = list ? listMetadata(value) : { resourceVersion: value.metadata.resourceVersion };
  return { ...table, metadata: metadata as Table['metadata'] };
}

function includeObject(call: Call): IncludeObject {
  const value = call.request.query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'Object' || value === 'None') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

async function* presentEvents(
  call: Call,
  events: AsyncIterable<WatchEvent & { json?: Buffer }>,
  { as, apiVersion }: Target,
): AsyncGenerator<WatchEvent & { json?: Buffer }> {
  let first = true;
  for await (const event of events) {
    if (event.type === 'ERROR') {
      yield event;
      continue;
    }
    if (as !== 'Table') {
      yield { type: event.type, object: partialMetadata(event.object, apiVersion) };
      continue;
    }
    const table = toTable(call, event.object, apiVersion);
    // Only the first event says what the columns are (upstream: a watch's tables after the first leave them out).
    const { columnDefinitions } = table;
    const rows = event.type === 'BOOKMARK' ? [{ cells: [], object: partialMetadata(event.object, apiVersion) }] : table.rows;
    yield {
      type: event.type,
      object: { ...table, columnDefinitions: first ? columnDefinitions : null, rows } as unknown as KubeObject,
    };
    if (event.type !== 'BOOKMARK') first = false;
  }
}
