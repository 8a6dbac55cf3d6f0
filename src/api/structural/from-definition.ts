import { definitions, resolveProperty, type SchemaProperty } from '../schema.ts';
import type { StructuralSchema } from './schema.ts';

/** A value of any type. */
const anything: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Definitions whose JSON is not what their schema says, or may be several things. */
const loose = new Set([
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'io.k8s.apimachinery.pkg.runtime.RawExtension',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
]);

const known = new Map<string, StructuralSchema>();

/** The schema of a built-in kind, such as `io.k8s.api.core.v1.Pod`, with all that it refers to; what refers to itself may be anything. */
export function schemaOfDefinition(name: string): StructuralSchema {
  const schema = known.get(name) ?? converted({ $ref: `#/definitions/${name}` }, new Set());
  known.set(name, schema);
  return schema;
}

function converted(property: SchemaProperty, above: ReadonlySet<string>): StructuralSchema {
  const { name, definition } = resolveProperty(property);
  if (name !== undefined && (loose.has(name) || above.has(name) || definitions[name] === undefined)) return anything;
  const inside = name === undefined ? above : new Set([...above, name]);
  const { type, format, items, additionalProperties, properties } = definition;
  if (type === 'array') return { type, items: items === undefined ? anything : converted(items, inside) };
  if (type !== undefined && type !== 'object') return { type, ...(format === undefined ? {} : { format }) };
  if (additionalProperties !== undefined) return { type: 'object', additionalProperties: converted(additionalProperties, inside) };
  if (properties === undefined) return anything;
  const fields = Object.entries(properties).map(([field, inner]): [string, StructuralSchema] => [field, converted(inner, inside)]);
  return { type: 'object', properties: Object.fromEntries(fields) };
}
