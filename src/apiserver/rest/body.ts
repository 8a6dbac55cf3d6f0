import { type Decodable, type DecodeOptions, decodeObject, unrecognized } from '../../api/decode.ts';
import type { KubeObject } from '../../api/object.ts';
import { badRequest, type Call, scopeOf } from './call.ts';
import { parseFieldValidation } from './options.ts';

/**
 * The request's body as an object of `kind`, decoded into a private copy. `kind` is the resource's own unless a
 * subresource takes another. Unknown fields are errors or warnings as `fieldValidation` says.
 */
export function decodeBody<T extends KubeObject = KubeObject>(call: Call, optionsKind: string, kind: Decodable = call.resource.kind): T {
  const { request } = call;
  if (request.bodyFault !== undefined) throw unrecognized(kind, request.bodyFault, request.rawBody);
  if (request.body === undefined || request.body === null) throw badRequest('the request has no body');
  const raw = request.rawBody === undefined ? {} : { rawBody: request.rawBody };
  return decodeValue<T>(call, request.body, optionsKind, kind, raw);
}

/** The same for a value that was computed, such as a patched object. */
export function decodeValue<T extends KubeObject = KubeObject>(
  call: Call,
  value: unknown,
  optionsKind: string,
  kind: Decodable = call.resource.kind,
  options: Omit<DecodeOptions, 'fieldValidation'> = {},
): T {
  const fieldValidation = parseFieldValidation(call.request.query, optionsKind);
  const { object, warnings } = decodeObject<T>(kind, value, { ...options, fieldValidation });
  call.warnings.push(...warnings);
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
  const namespace = object.metadata.namespace ?? '';
  const scope = scopeOf(call);
  if (scope !== undefined && namespace !== '' && namespace !== scope) {
    throw badRequest(`the namespace of the object (${namespace}) does not match the namespace on the request (${scope})`);
  }
}
