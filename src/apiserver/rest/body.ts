import { type Decodable, type DecodeOptions, decodeObject, type FieldValidation, unrecognized } from '../../api/decode.ts';
import type { ApiRequest } from '../../api/http.ts';
import type { KubeObject } from '../../api/object.ts';
import { protobufMediaType } from '../../api/protobuf/envelope.ts';
import { ApiError } from '../../api/status.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import { badRequest, type Call, scopeOf } from './call.ts';

/**
 * The request's body as an object of `kind`, decoded into a private copy. `kind` is the resource's own unless a
 * subresource takes another. Unknown fields are errors or warnings as `fieldValidation` says.
 */
export function decodeBody<T extends KubeObject = KubeObject>(call: Call, kind: Decodable = call.resource.kind): T {
  const { request } = call;
  // Custom resources have no message.
  if (kind.custom !== undefined && isProtobuf(request)) throw new ApiError('UnsupportedMediaType', withoutProtobuf);
  const body = bodyOf(request, (fault) => {
    const isJson = !fault.startsWith('yaml') && !fault.startsWith('provided');
    const text = isJson ? `couldn't get version/kind; json parse error: ${fault}` : fault;
    return unrecognized(kind, text, request.rawBody ?? Buffer.alloc(0)).message;
  });
  const { rawBody, yamlBody } = request;
  const raw = rawBody === undefined ? (yamlBody === undefined ? {} : { yamlBody }) : { rawBody };
  // Null says nothing, as in Go.
  return decodeValue<T>(call, body ?? {}, kind, { ...raw, problems: duplicateKeys(request) });
}

const isProtobuf = ({ headers }: ApiRequest): boolean => headers['content-type']?.split(';')[0]?.trim().toLowerCase() === protobufMediaType;
const withoutProtobuf =
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml';

/** Parsing an empty body, in Go's words. */
const noBody = 'unexpected end of JSON input';

/** The decoded body; 415 for a media type that is not read, 400 with `wording` of the fault for text that did not parse. */
export function bodyOf({ body, bodyFault }: ApiRequest, wording: (fault: string) => string): unknown {
  if (bodyFault?.reason === 'media type') throw new ApiError('UnsupportedMediaType', bodyFault.text);
  if (bodyFault !== undefined) throw badRequest(wording(bodyFault.text));
  if (body === undefined) throw badRequest(wording(noBody));
  return body;
}

/** What a strict reader of YAML finds: nothing, or one problem that names every key that occurs twice. */
export const duplicateKeys = ({ duplicateKeys }: ApiRequest): string[] =>
  duplicateKeys === undefined ? [] : [`yaml: unmarshal errors:\n  ${duplicateKeys.join('\n  ')}`];

/** What is said of several lines of a YAML body becomes a warning for each. */
export const separateProblems = (problem: string): string[] => {
  const lines = /^(?:error converting YAML to JSON: )?yaml: unmarshal errors:\n(.*)$/s.exec(problem)?.[1];
  return lines === undefined ? [problem] : lines.split('\n').map((line) => line.trim());
};

/** What to do about unknown and repeated fields. Upstream's default is Warn. */
export const fieldValidationOf = (query: URLSearchParams): FieldValidation => (query.get('fieldValidation') || 'Warn') as FieldValidation;

/** The same for a value that was computed, such as a patched object. */
export function decodeValue<T extends KubeObject = KubeObject>(
  call: Call,
  value: unknown,
  kind: Decodable = call.resource.kind,
  options: Omit<DecodeOptions, 'fieldValidation'> = {},
): T {
  const fieldValidation = fieldValidationOf(call.request.query);
  const { object, warnings } = decodeObject<T>(kind, value, { ...options, fieldValidation });
  call.warnings.push(...warnings.flatMap(separateProblems));
  return object;
}

/** Fills the namespace from the path, or refuses another one (upstream: EnsureObjectNamespaceMatchesRequestNamespace). */
export function matchNamespace(call: Call, object: KubeObject): void {
  const scope = scopeOf(call);
  if (scope === undefined) {
    delete object.metadata.namespace;
    return;
  }
  const own = object.metadata.namespace ?? '';
  if (own === '') object.metadata.namespace = scope;
  else if (own !== scope) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Refuses a body whose name is not the path's (upstream: `checkName`). */
export function matchName(call: Call, object: KubeObject): void {
  const own = object.metadata.name ?? '';
  const { name } = call.info;
  if (own === '') throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (own !== name) throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
}

/** Owners that are named twice count once, with a warning (upstream: dedupOwnerReferencesAndAddWarning). */
export function dropRepeatedOwners(call: Call, { metadata }: KubeObject, when = ''): void {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length < 2) return;
  const kept = new Map<string, OwnerReference>();
  const repeated: string[] = [];
  for (const owner of owners) {
    const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner;
    const identity = JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
    if (kept.has(identity)) repeated.push(uid);
    else kept.set(identity, owner);
  }
  if (repeated.length === 0) return;
  metadata.ownerReferences = [...kept.values()];
  call.warnings.push(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`,
  );
}
