/** Every built-in kind with every field that it has, through the wire format and back. */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import { apiVersionOf } from '../../../src/api/object.ts';
import { decodeObject, encodeObject } from '../../../src/api/protobuf/envelope.ts';
import { definitions, type SchemaProperty } from '../../../src/api/schema.ts';
import { allKinds } from '../../../src/api/scheme.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Types whose JSON form is not an object of their properties. */
const special: Record<string, unknown> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': '1500m',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': '25%',
  [`${meta}.Time`]: '2026-01-01T00:00:00Z',
  [`${meta}.MicroTime`]: '2026-01-01T00:00:00.123456Z',
  [`${meta}.FieldsV1`]: { 'f:spec': {} },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { any: [1, 'thing'] },
};
/** Schemas hold schemas; two levels say enough. */
const deepest = 14;

const typeFields = new Set(['apiVersion', 'kind']);
const isTyped = (properties: object): boolean => 'metadata' in properties && 'apiVersion' in properties;

function sampleOf(property: SchemaProperty, depth: number): unknown {
  const name = property.$ref?.slice('#/definitions/'.length);
  if (name !== undefined) return Object.hasOwn(special, name) ? special[name] : sampleOf(definitions[name] ?? {}, depth + 1);
  const { properties } = property as { properties?: Record<string, SchemaProperty> };
  if (properties !== undefined) {
    if (depth > deepest) return {};
    // Objects within objects (claims in a StatefulSet) say on the wire no more than what they hold.
    const fields = Object.entries(properties).filter(([field]) => depth < 2 || !isTyped(properties) || !typeFields.has(field));
    return Object.fromEntries(fields.map(([field, inner]) => [field, sampleOf(inner, depth + 1)]));
  }
  if (property.items !== undefined) return [sampleOf(property.items, depth + 1)];
  if (property.additionalProperties !== undefined) return { key: sampleOf(property.additionalProperties, depth + 1) };
  if (property.type === 'integer') return 7;
  if (property.type === 'number') return 0.5;
  if (property.type === 'boolean') return true;
  if (property.type === 'string') return property.format === 'byte' ? 'AAH+' : 'text';
  return { free: ['form'] };
}

const stored = allKinds.filter(({ group }) => group !== 'apiextensions.k8s.io');

describe('in protobuf', () => {
  test.each(stored.map((kind): [string, Kind] => [`${apiVersionOf(kind)} ${kind.kind}`, kind]))('%s comes back whole', (_name, kind) => {
    const whole = sampleOf({ $ref: `#/definitions/${kind.schema}` }, 0) as object;
    const object = { ...whole, apiVersion: apiVersionOf(kind), kind: kind.kind };
    const bytes = encodeObject(object);
    expect(decodeObject(bytes ?? Buffer.alloc(0))).toEqual(object);
  });
});
