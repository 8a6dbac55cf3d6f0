import type { Kind } from '../../api/kind.ts';
import { descriptionOf } from '../../api/schema.ts';
import { additionalOf, isEmbedded, itemsOf, preservesUnknown, type StructuralSchema } from '../../api/structural/schema.ts';
import type { Schema } from './definitions.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const pod = 'io.k8s.api.core.v1.Pod';
const typeMeta = {
  apiVersion: { description: descriptionOf(pod, 'apiVersion'), type: 'string' },
  kind: { description: descriptionOf(pod, 'kind'), type: 'string' },
};
const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const objectMeta = {
  $ref: `#/definitions/${meta}.ObjectMeta`,
  description: `Standard object's metadata. More info: ${conventions}#metadata`,
};
const listMeta = { $ref: `#/definitions/${meta}.ListMeta`, description: `Standard list metadata. More info: ${conventions}#types-kinds` };

/** The definitions of a custom kind and of its lists, by name, as OpenAPI publishes them (upstream: controller/openapi/builder). */
export function customDefinitions(kind: Kind, version: 'v2' | 'v3'): [string, Schema][] {
  const { custom, schema } = kind;
  if (custom === undefined) return [];
  const selectable = kind.selectableFields.map((fieldPath) => ({ fieldPath }));
  const own = {
    ...(version === 'v2' ? ownForV2(custom.schema) : withTypeFields(structuredClone(custom.schema) as Schema)),
    ...(selectable.length === 0 ? {} : { 'x-kubernetes-selectable-fields': selectable }),
  };
  const list = {
    description: `${kind.listKind ?? `${kind.kind}List`} is a list of ${kind.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta,
      items: {
        description: `List of ${kind.plural}. More info: ${conventions}`,
        type: 'array',
        items: { $ref: `#/definitions/${schema}` },
      },
      metadata: listMeta,
    },
  };
  return [
    [schema, withEmbedded(own, version) as Schema],
    [`${schema}List`, list],
  ];
}

const withTypeFields = (schema: Schema): Schema => ({
  ...schema,
  type: 'object',
  properties: { ...(schema['properties'] as object), ...typeMeta, metadata: objectMeta },
});

/** Readers of v2 refuse whatever a schema with properties does not name, so an object that keeps all it gets names none. */
const ownForV2 = (schema: StructuralSchema): Schema => (preservesUnknown(schema) ? { type: 'object' } : withTypeFields(forV2(schema)));

/** Parts that are whole resources get the fields that every resource has; in v2 not those that may hold anything besides. */
function withEmbedded(value: unknown, version: 'v2' | 'v3'): unknown {
  if (Array.isArray(value)) return value.map((inner) => withEmbedded(inner, version));
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'default' ? inner : withEmbedded(inner, version)]),
  );
  const schema = value as StructuralSchema;
  if (!isEmbedded(schema) || (version === 'v2' && preservesUnknown(schema))) return copy;
  const required = new Set([...(schema.required ?? []), 'kind', 'apiVersion']);
  return { ...copy, properties: { ...(copy['properties'] as object), ...typeMeta, metadata: objectMeta }, required: [...required] };
}

/**
 * What OpenAPI v2 can say: no combinations, defaults or nulls. Where v2's meaning would be stricter than the schema's,
 * the type is left open (upstream: ToStructuralOpenAPIV2).
 */
function forV2(schema: StructuralSchema): Schema {
  const { allOf: _all, anyOf: _any, oneOf: _one, not: _not, default: _default, nullable, ...rest } = schema;
  const { type, items: _items, properties, additionalProperties: _additional, required, ...out } = rest as StructuralSchema & Schema;
  const isOpen = nullable === true || preservesUnknown(schema);
  const named = isOpen ? undefined : properties;
  const item = isOpen ? undefined : itemsOf(schema);
  const additional = schema.additionalProperties === true ? undefined : additionalOf(schema);
  const demanded = additional?.nullable === true ? [] : (required ?? []).filter((name) => named?.[name]?.nullable !== true);
  const isTyped = type !== undefined && nullable !== true && !(type === 'array' && item === undefined) && !(type === 'object' && isOpen);
  return {
    ...out,
    ...(isTyped ? { type } : {}),
    ...(item === undefined ? {} : { items: forV2(item) }),
    ...(additional === undefined ? {} : { additionalProperties: forV2(additional) }),
    ...(named === undefined ? {} : { properties: Object.fromEntries(Object.entries(named).map(([name, one]) => [name, forV2(one)])) }),
    ...(demanded.length === 0 ? {} : { required: demanded }),
  };
}
