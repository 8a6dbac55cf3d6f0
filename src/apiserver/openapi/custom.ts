import type { Kind } from '../../api/kind.ts';
import { descriptionOf } from '../../api/schema.ts';
import { additionalOf, isEmbedded, isIntOrString, itemsOf, preservesUnknown, type StructuralSchema } from '../../api/structural/schema.ts';
import type { Schema } from './definitions.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const pod = 'io.k8s.api.core.v1.Pod';
const typeMeta = {
  apiVersion: { description: descriptionOf(pod, 'apiVersion'), type: 'string' },
  kind: { description: descriptionOf(pod, 'kind'), type: 'string' },
};
// Described by what it refers to (see `described`).
const objectMeta = { $ref: `#/definitions/${meta}.ObjectMeta` };

/** The definitions of a custom kind and of its lists, by name, as OpenAPI publishes them (upstream: controller/openapi/builder). */
export function customDefinitions(kind: Kind, version: 'v2' | 'v3'): [string, Schema][] {
  const { custom, schema } = kind;
  if (custom === undefined) return [];
  const published = version === 'v2' ? forV2(custom.schema) : (structuredClone(custom.schema) as Schema);
  const own = { ...published, type: 'object', properties: { ...(published['properties'] as object), ...typeMeta, metadata: objectMeta } };
  const list = {
    description: `${kind.listKind ?? `${kind.kind}List`} is a list of ${kind.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta,
      items: {
        description: `List of ${kind.plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
        type: 'array',
        items: { $ref: `#/definitions/${schema}` },
      },
      metadata: { $ref: `#/definitions/${meta}.ListMeta` },
    },
  };
  return [
    [schema, withEmbedded(own) as Schema],
    [`${schema}List`, list],
  ];
}

/** Parts that are whole resources get the fields that every resource has. */
function withEmbedded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withEmbedded);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'default' ? inner : withEmbedded(inner)]));
  if (!isEmbedded(value as StructuralSchema)) return copy;
  return { ...copy, properties: { ...(copy['properties'] as object), ...typeMeta, metadata: objectMeta } };
}

/**
 * What OpenAPI v2 can say: no combinations, defaults or nulls. Where v2's meaning would be stricter than the schema's,
 * the type is left open (upstream: ToStructuralOpenAPIV2).
 */
function forV2(schema: StructuralSchema): Schema {
  const { allOf: _all, anyOf: _any, oneOf: _one, not: _not, default: _default, nullable, ...rest } = schema;
  const out: Schema = { ...rest };
  const open = nullable === true || isIntOrString(schema) || (preservesUnknown(schema) && schema.properties !== undefined);
  if (open) for (const part of ['type', 'items', 'properties', 'additionalProperties', 'required']) delete out[part];
  if (open && preservesUnknown(schema) && nullable !== true) out['type'] = schema.type;
  if (isIntOrString(schema)) out['format'] = 'int-or-string';
  if (open) return out;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  if (items !== undefined) out['items'] = forV2(items);
  if (additional !== undefined && schema.additionalProperties !== true) out['additionalProperties'] = forV2(additional);
  if (schema.properties !== undefined) {
    out['properties'] = Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, forV2(property)]));
  }
  return out;
}
