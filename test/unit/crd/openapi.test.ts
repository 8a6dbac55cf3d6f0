import { describe, expect, test } from 'vitest';
import { customKind } from '../../../src/api/custom/custom-kind.ts';
import type { StructuralSchema } from '../../../src/api/structural/schema.ts';
import type { CustomResourceDefinition } from '../../../src/api/types/apiextensions-v1.ts';
import { customDefinitions } from '../../../src/apiserver/openapi/custom.ts';

const preserve = { 'x-kubernetes-preserve-unknown-fields': true };
const embedded = { 'x-kubernetes-embedded-resource': true };
const text: StructuralSchema = { type: 'string' };

/** What is published of a kind with that schema. */
function published(openAPIV3Schema: StructuralSchema, document: 'v2' | 'v3', selectableFields?: { jsonPath: string }[]) {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema },
    ...(selectableFields === undefined ? {} : { selectableFields }),
  };
  const definition: CustomResourceDefinition = {
    metadata: { name: 'foos.example.com' },
    spec: { group: 'example.com', names: { plural: 'foos', kind: 'Foo' }, scope: 'Namespaced', versions: [version] },
  };
  const [own] = customDefinitions(customKind(definition, version), document);
  return own?.[1] as { properties?: Record<string, unknown> };
}

describe('the OpenAPI v2 of a custom kind', () => {
  test('names no field of an object that keeps all it gets, since kubectl would refuse every other', () => {
    const schema = { type: 'object', properties: { spec: { type: 'object' } }, ...preserve };
    expect(published(schema, 'v2')).toEqual({ type: 'object' });
    expect(Object.keys(published(schema, 'v3').properties ?? {})).toEqual(['spec', 'apiVersion', 'kind', 'metadata']);
  });

  const rows: [name: string, schema: StructuralSchema, v2: object][] = [
    [
      'a part that keeps all it gets has no type',
      { type: 'object', properties: { a: text }, required: ['a'], ...preserve },
      { ...preserve, required: ['a'] },
    ],
    ['neither has one that names no field', { type: 'object', ...preserve }, preserve],
    ['nor what may be null', { type: 'object', nullable: true, properties: { a: text }, description: 'D' }, { description: 'D' }],
    [
      'a field that may be null is not demanded',
      { type: 'object', properties: { a: { ...text, nullable: true }, b: text }, required: ['a', 'b'] },
      { type: 'object', properties: { a: {}, b: text }, required: ['b'] },
    ],
    [
      'a map of what may be null',
      { type: 'object', additionalProperties: { ...text, nullable: true } },
      { type: 'object', additionalProperties: {} },
    ],
    [
      'an integer or a string',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, text] },
      { 'x-kubernetes-int-or-string': true },
    ],
    ['no defaults', { ...text, default: 'x', pattern: 'x' }, { ...text, pattern: 'x' }],
    ['a whole resource that may hold anything', { type: 'object', ...embedded, ...preserve }, { ...embedded, ...preserve }],
  ];
  test.each(rows)('%s', (_, schema, v2) => {
    expect(published({ type: 'object', properties: { part: schema } }, 'v2').properties?.['part']).toEqual(v2);
  });

  test('a whole resource says what it is', () => {
    const part = { type: 'object', ...embedded, properties: { spec: text }, required: ['spec'] };
    for (const document of ['v2', 'v3'] as const) {
      expect(published({ type: 'object', properties: { part } }, document).properties?.['part']).toMatchObject({
        properties: { spec: text, kind: { type: 'string' }, metadata: {} },
        required: ['spec', 'kind', 'apiVersion'],
      });
    }
  });
});

test('the metadata of a custom kind is described as that of others', () => {
  for (const document of ['v2', 'v3'] as const) {
    const { metadata } = published({ type: 'object' }, document).properties as { metadata?: { description: string } };
    expect(metadata?.description).toMatch(/^Standard object's metadata\. More info: .*#metadata$/);
  }
});

test('OpenAPI tells which fields select objects', () => {
  const schema = { type: 'object', properties: { spec: { type: 'object', properties: { color: text } } } };
  for (const document of ['v2', 'v3'] as const) {
    expect(published(schema, document, [{ jsonPath: '.spec.color' }])).toMatchObject({
      'x-kubernetes-selectable-fields': [{ fieldPath: 'spec.color' }],
    });
    expect(published(schema, document)).not.toHaveProperty('x-kubernetes-selectable-fields');
  }
});
