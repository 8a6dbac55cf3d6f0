/** What makes a schema structural, so that objects can be pruned and defaulted by it (upstream: structural-schema's validation). */
import { isDeepStrictEqual } from 'node:util';
import { compileRegex } from '../cel/regex.ts';
import { isEmbedded, isIntOrString, isObject, itemsOf, preservesUnknown, type StructuralSchema } from '../structural/schema.ts';
import { entries } from './common.ts';
import { type Errors, errorText, type FieldError, forbidden, invalid, required } from './field-error.ts';

type Level = 'root' | 'item' | 'field';

/** Every way in which the schema is not structural, in the order of their texts. */
export function structureErrors(field: string, schema: StructuralSchema): FieldError[] {
  const found = [...invariants(field, schema, 'root'), ...completeness(schema, schema, field, field)];
  const sorted = found.map((error) => ({ error, text: errorText(error) })).sort((a, b) => (a.text < b.text ? -1 : 1));
  return sorted.map(({ error }) => error);
}

const additionalSchema = ({ additionalProperties }: StructuralSchema): StructuralSchema | undefined =>
  isObject(additionalProperties) ? (additionalProperties as StructuralSchema) : undefined;

const missingType: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function* invariants(field: string, schema: StructuralSchema, level: Level): Errors {
  const items = itemsOf(schema);
  if (schema.type === 'array' && schema.items === undefined) yield required(`${field}.items`, 'must be specified');
  if (items !== undefined) yield* invariants(`${field}.items`, items, 'item');
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* invariants(`${field}.properties[${name}]`, property, 'field');
  if (schema.additionalProperties !== undefined) {
    if (level === 'root') yield forbidden(`${field}.additionalProperties`, 'must not be used at the root');
    const additional = additionalSchema(schema);
    if (additional !== undefined) yield* invariants(`${field}.additionalProperties`, additional, 'field');
  }
  if (isIntOrString(schema)) {
    for (const other of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const) {
      if (schema[other] === true) yield invalid(`${field}.${other}`, true, 'must be false if x-kubernetes-int-or-string is true');
    }
  }
  yield* valueRules(field, schema, isIntOrStringPair(schema.anyOf), isIntOrStringPair(schema.allOf?.[0]?.anyOf));
  yield* ownType(field, schema, level);
  yield* resourceParts(field, schema, level);
}

function* ownType(field: string, schema: StructuralSchema, level: Level): Errors {
  const { type = '' } = schema;
  if (isEmbedded(schema) && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    yield type === '' ? required(`${field}.type`, text) : invalid(`${field}.type`, type, text);
  } else if (type === '' && !isIntOrString(schema) && schema['x-kubernetes-preserve-unknown-fields'] === undefined)
    yield required(`${field}.type`, missingType[level]);
  if (isEmbedded(schema) && schema.additionalProperties !== undefined)
    yield forbidden(`${field}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set');
  if (level === 'root' && type !== '' && type !== 'object') yield invalid(`${field}.type`, type, 'must be object at the root');
}

/** A resource's kind, apiVersion and metadata are what they are; of metadata only the names can be restricted. */
function* resourceParts(field: string, schema: StructuralSchema, level: Level): Errors {
  const { properties = {} } = schema;
  if (level === 'root' || isEmbedded(schema)) {
    for (const [name, type] of [
      ['kind', 'string'],
      ['apiVersion', 'string'],
      ['metadata', 'object'],
    ] as const) {
      const property = properties[name];
      if (property !== undefined && property.type !== type)
        yield invalid(`${field}.properties[${name}].type`, property.type ?? '', `must be ${type}`);
    }
  }
  if (level === 'root' && properties['metadata'] !== undefined) {
    const { type: _type, default: _default, properties: inside = {}, ...rest } = properties['metadata'];
    if (Object.keys(rest).length > 0 || Object.keys(inside).some((name) => name !== 'name' && name !== 'generateName')) {
      const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
      yield forbidden(`${field}.properties[metadata]`, text);
    }
  }
  if (isEmbedded(schema) && !preservesUnknown(schema) && Object.keys(properties).length === 0) {
    const text = 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    yield required(`${field}.properties`, text);
  }
}

/** `anyOf: [{type: integer}, {type: string}]`, the one place where a type may be asked for in a value validation. */
const isIntOrStringPair = (given: readonly StructuralSchema[] | undefined): boolean =>
  isDeepStrictEqual(given, [{ type: 'integer' }, { type: 'string' }]);

function* valueRules(field: string, schema: StructuralSchema, skipAnyOf: boolean, skipInAllOf: boolean): Errors {
  if (!skipAnyOf) for (const [i, one] of entries(schema.anyOf)) yield* nested(`${field}.anyOf[${i}]`, one, false);
  for (const [i, one] of entries(schema.allOf)) yield* nested(`${field}.allOf[${i}]`, one, skipInAllOf && i === 0);
  for (const [i, one] of entries(schema.oneOf)) yield* nested(`${field}.oneOf[${i}]`, one, false);
  if (schema.not !== undefined) yield* nested(`${field}.not`, schema.not, false);
  const { pattern = '' } = schema;
  try {
    if (pattern !== '') compileRegex(pattern);
  } catch (thrown) {
    yield invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${(thrown as Error).message}`);
  }
}

/** What belongs to the structure, and so must not be in a value validation. */
const structural = {
  type: 'empty',
  additionalProperties: 'undefined',
  default: 'undefined',
  title: 'empty',
  description: 'empty',
  nullable: 'false',
  'x-kubernetes-preserve-unknown-fields': 'false',
  'x-kubernetes-embedded-resource': 'false',
  'x-kubernetes-int-or-string': 'false',
  'x-kubernetes-list-map-keys': 'empty',
  'x-kubernetes-list-type': 'undefined',
  'x-kubernetes-map-type': 'undefined',
  'x-kubernetes-validations': 'empty',
} as const satisfies Partial<Record<keyof StructuralSchema, string>>;

const isNothing = (value: unknown): boolean =>
  value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0);

function* nested(field: string, schema: StructuralSchema, skipAnyOf: boolean): Errors {
  yield* valueRules(field, schema, skipAnyOf, false);
  const items = itemsOf(schema);
  if (items !== undefined) yield* nested(`${field}.items`, items, false);
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* nested(`${field}.properties[${name}]`, property, false);
  for (const [part, wanted] of Object.entries(structural) as [keyof typeof structural, string][]) {
    const value = schema[part];
    const absent = wanted === 'undefined' ? value === undefined : isNothing(value);
    if (!absent) yield forbidden(`${field}.${part}`, `must be ${wanted} to be structural`);
  }
  if (schema.properties?.['metadata'] !== undefined)
    yield forbidden(`${field}.properties[metadata]`, 'must not be specified in a nested context');
}

/**
 * What the root's value validations restrict must be declared outside of them, or pruning would not know of it. Upstream
 * looks at the root alone.
 */
function* completeness(restriction: StructuralSchema, declared: StructuralSchema, declaredAt: string, at: string): Errors {
  for (const part of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, one] of entries(restriction[part])) yield* covered(one, declared, declaredAt, `${at}.${part}[${i}]`);
  }
  if (restriction.not !== undefined) yield* covered(restriction.not, declared, declaredAt, `${at}.not`);
}

function* covered(restriction: StructuralSchema, declared: StructuralSchema, declaredAt: string, at: string): Errors {
  yield* completeness(restriction, declared, declaredAt, at);
  const parts: [string, StructuralSchema | undefined, StructuralSchema | undefined][] = [
    ['.items', itemsOf(restriction), itemsOf(declared)],
    ...Object.entries(restriction.properties ?? {}).map(([name, property]): [string, StructuralSchema, StructuralSchema | undefined] => [
      `.properties[${name}]`,
      property,
      declared.properties?.[name],
    ]),
  ];
  for (const [path, wanted, found] of parts) {
    if (wanted === undefined) continue;
    if (found === undefined) yield required(`${declaredAt}${path}`, `because it is defined in ${at}${path}`);
    else yield* covered(wanted, found, `${declaredAt}${path}`, `${at}${path}`);
  }
}
