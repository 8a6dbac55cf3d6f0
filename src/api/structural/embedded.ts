import { DecodeError } from '../decode-state.ts';
import { goJson } from '../go-text.ts';
import type { ObjectMeta } from '../types/meta-v1.ts';
import { type Errors, invalid, required } from '../validation/field-error.ts';
import { dns1035Label } from '../validation/formats.ts';
import { genericMeta, pathSegment } from '../validation/meta.ts';
import { fieldSchema, isEmbedded, isObject, itemsOf, type StructuralSchema } from './schema.ts';

/** Parts that the schema marks as whole resources need a kind, an apiVersion and metadata that hold (upstream: objectmeta.Validate). */
export function* embeddedResources(value: unknown, schema: StructuralSchema | undefined, path = ''): Errors {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (const [index, item] of value.entries()) yield* embeddedResources(item, items, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  if (path !== '' && isEmbedded(schema)) yield* resource(value, path);
  for (const [name, inner] of Object.entries(value)) {
    yield* embeddedResources(inner, fieldSchema(schema, name), path === '' ? name : `${path}.${name}`);
  }
}

function* resource(value: Record<string, unknown>, path: string): Errors {
  for (const part of ['apiVersion', 'kind'] as const) {
    const text = value[part];
    if (text === undefined) yield required(`${path}.${part}`);
    else if (typeof text !== 'string') yield invalid(`${path}.${part}`, text, 'must be a string');
    else if (text === '') yield invalid(`${path}.${part}`, text, 'must not be empty');
    else if (part === 'apiVersion') yield* groupVersion(`${path}.apiVersion`, text);
    else
      for (const problem of dns1035Label(text.toLowerCase()))
        yield invalid(`${path}.kind`, text, `may have mixed case, but should otherwise match: ${problem}`);
  }
  if (!isObject(value['metadata'])) return;
  const metadata = value['metadata'] as ObjectMeta;
  // A name is not asked for, and may be any.
  const meta = { ...metadata, name: metadata.name || 'unnamed' };
  yield* genericMeta({ namespaced: Boolean(meta.namespace) }, meta, `${path}.metadata`, pathSegment);
}

function* groupVersion(field: string, text: string): Errors {
  if (text.split('/').length > 2) yield invalid(field, text, `unexpected GroupVersion string: ${text}`);
}

/** A type field or metadata of an embedded resource that has another type than it should. */
export class EmbeddedError extends DecodeError {
  readonly field: string;
  readonly value: unknown;
  readonly detail: string;
  constructor(field: string, value: unknown, detail: string) {
    super(`${field}: Invalid value: ${goJson(value)}: ${detail}`);
    this.field = field;
    this.value = value;
    this.detail = detail;
  }
}

/**
 * Gives embedded resources the metadata that `decode` makes of theirs, in place (upstream: objectmeta.Coerce). Throws
 * {@link EmbeddedError} for those of another type.
 */
export function coerceEmbedded(
  value: unknown,
  schema: StructuralSchema | undefined,
  decode: (metadata: unknown, path: string) => unknown,
  path = '',
): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (const [index, item] of items === undefined ? [] : value.entries()) coerceEmbedded(item, items, decode, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  if (path !== '' && isEmbedded(schema)) {
    for (const part of ['apiVersion', 'kind']) {
      if (Object.hasOwn(value, part) && typeof value[part] !== 'string')
        throw new EmbeddedError(`${path}.${part}`, value[part], 'must be a string');
    }
    if (Object.hasOwn(value, 'metadata')) value['metadata'] = coercedMetadata(value['metadata'], `${path}.metadata`, decode);
  }
  for (const [name, inner] of Object.entries(value)) {
    coerceEmbedded(inner, fieldSchema(schema, name), decode, path === '' ? name : `${path}.${name}`);
  }
}

function coercedMetadata(given: unknown, path: string, decode: (metadata: unknown, path: string) => unknown): unknown {
  try {
    return decode(given, path) ?? {};
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new EmbeddedError(path, given, error.message);
  }
}
