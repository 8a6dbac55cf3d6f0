import type { JSONSchemaProps } from '../types/apiextensions-v1.ts';
import { entries } from './common.ts';
import { type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';

interface Place {
  /** The schema of the whole object. */
  root: boolean;
  /** Inside allOf, anyOf, oneOf or not, where only value validations may be. */
  inValueValidation: boolean;
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const structural = ['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'] as const;
const isSchema = (value: unknown): value is JSONSchemaProps => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rules that make a schema structural, so that objects can be pruned and defaulted by it. */
export function* structuralSchema(field: string, schema: JSONSchemaProps, place: Place): Errors {
  yield* forbiddenParts(field, schema);
  if (!place.inValueValidation) yield* ownType(field, schema, place);
  else {
    for (const part of ['type', 'default', 'additionalProperties', 'nullable', ...structural] as const) {
      const value = schema[part];
      const intOrString = part === 'type' && field.includes('Of[');
      if (value !== undefined && value !== false && !intOrString) yield forbidden(`${field}.${part}`, 'must be undefined to be structural');
    }
  }
  yield* listRules(field, schema);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* structuralSchema(`${field}.properties[${name}]`, property, { ...place, root: false });
  }
  if (isSchema(schema.items)) yield* structuralSchema(`${field}.items`, schema.items, { ...place, root: false });
  if (isSchema(schema.additionalProperties)) {
    yield* structuralSchema(`${field}.additionalProperties`, schema.additionalProperties, { ...place, root: false });
  }
  const nested = { root: false, inValueValidation: true };
  for (const part of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, one] of entries(schema[part])) yield* structuralSchema(`${field}.${part}[${i}]`, one, nested);
  }
  if (schema.not !== undefined) yield* structuralSchema(`${field}.not`, schema.not, nested);
}

function* forbiddenParts(field: string, schema: JSONSchemaProps): Errors {
  const banned: [keyof JSONSchemaProps, string][] = [
    ['$ref', '$ref is not supported'],
    ['definitions', 'definitions is not supported'],
    ['dependencies', 'dependencies is not supported'],
    ['patternProperties', 'patternProperties is not supported'],
    ['id', 'id is not supported'],
    ['additionalItems', 'additionalItems is not supported'],
  ];
  for (const [part, text] of banned) if (schema[part] !== undefined) yield forbidden(`${field}.${part}`, text);
  if (schema.uniqueItems === true) {
    yield forbidden(`${field}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  }
  if (Array.isArray(schema.items)) yield forbidden(`${field}.items`, 'items must be a schema object and not an array');
  if (schema.additionalProperties === false)
    yield forbidden(`${field}.additionalProperties`, 'additionalProperties cannot be set to false');
  if (schema.properties !== undefined && isSchema(schema.additionalProperties)) {
    yield forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive');
  }
}

function* ownType(field: string, schema: JSONSchemaProps, { root }: Place): Errors {
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (root && schema.type !== undefined && schema.type !== 'object') {
    yield invalid(`${field}.type`, schema.type, 'must be object at the root');
  } else if (!schema.type) {
    if (root) yield required(`${field}.type`, 'must not be empty at the root');
    else if (!intOrString && !preserve) yield required(`${field}.type`, 'must not be empty for specified object fields');
  } else if (!types.includes(schema.type)) yield notSupported(`${field}.type`, schema.type, types);
  if (intOrString && schema.type) yield invalid(`${field}.type`, schema.type, 'must be empty if x-kubernetes-int-or-string is true');
  if (schema['x-kubernetes-embedded-resource'] === true) {
    if (schema.type !== 'object')
      yield invalid(`${field}.type`, schema.type ?? '', 'must be object if x-kubernetes-embedded-resource is true');
    else if (!preserve && Object.keys(schema.properties ?? {}).length === 0) {
      yield required(
        `${field}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      );
    }
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    yield invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
  }
  if (schema.type === 'array' && schema.items === undefined) yield required(`${field}.items`, 'must be specified');
}

function* listRules(field: string, schema: JSONSchemaProps): Errors {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  if (listType !== undefined) {
    if (schema.type !== 'array') yield invalid(`${field}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified');
    if (!['atomic', 'map', 'set'].includes(listType)) {
      yield notSupported(`${field}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']);
    }
  }
  if (keys !== undefined && listType !== 'map') {
    yield invalid(`${field}.x-kubernetes-list-type`, listType ?? null, 'must be map if x-kubernetes-list-map-keys is non-empty');
  }
  if (listType === 'map' && (keys ?? []).length === 0) {
    yield required(`${field}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map');
  }
  if (listType === 'map' && isSchema(schema.items)) {
    for (const [i, key] of entries(keys)) {
      if (schema.items.properties?.[key] === undefined) {
        yield invalid(`${field}.x-kubernetes-list-map-keys[${i}]`, key, 'entries must all be names of item properties');
      }
    }
  }
}
