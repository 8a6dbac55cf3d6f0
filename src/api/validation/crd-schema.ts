import { compileRegex } from '../cel/regex.ts';
import { compileRules } from '../structural/compile-rules.ts';
import { itemsOf } from '../structural/schema.ts';
import type { JSONSchemaProps } from '../types/apiextensions-v1.ts';
import { entries } from './common.ts';
import { defaultsHold, validationRule } from './crd-rules.ts';
import { type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';

interface Place {
  /** The schema of the whole object. */
  root: boolean;
  /** Inside allOf, anyOf, oneOf or not, where only value validations may be. */
  inValueValidation: boolean;
  /** The schema of a whole resource: the object itself, or an embedded one. */
  resource: boolean;
  /** What the same place has outside of allOf, anyOf, oneOf and not. */
  outside?: JSONSchemaProps | undefined;
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const structural = ['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'] as const;
const isSchema = (value: unknown): value is JSONSchemaProps => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything that upstream asks of the schema of a version; rules and defaults only where the schema is structural. */
export function* definitionSchema(field: string, schema: JSONSchemaProps): Errors {
  const found = [...structuralSchema(field, schema, { root: true, inValueValidation: false, resource: true })];
  yield* found;
  if (found.length > 0) return;
  yield* defaultsHold(field, schema);
  yield* compileRules(schema, field).errors;
}

/** The rules that make a schema structural, so that objects can be pruned and defaulted by it. */
export function* structuralSchema(field: string, schema: JSONSchemaProps, place: Place): Errors {
  yield* forbiddenParts(field, schema);
  if (!place.inValueValidation) yield* ownType(field, schema, place);
  else {
    yield* valueValidationParts(field, schema, place);
    if (schema['x-kubernetes-validations'] !== undefined)
      yield forbidden(`${field}.x-kubernetes-validations`, 'must be empty to be structural');
  }
  yield* listRules(field, schema);
  yield* valueRules(field, schema);
  for (const [i, rule] of entries(schema['x-kubernetes-validations']))
    yield* validationRule(`${field}.x-kubernetes-validations[${i}]`, rule, schema);
  const resource = schema['x-kubernetes-embedded-resource'] === true;
  const outside = place.outside ?? schema;
  const below = (inner: JSONSchemaProps | undefined): Place => ({
    ...place,
    root: false,
    resource,
    ...(place.inValueValidation ? { outside: inner } : {}),
  });
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* structuralSchema(`${field}.properties[${name}]`, property, below(outside.properties?.[name]));
  }
  if (isSchema(schema.items)) yield* structuralSchema(`${field}.items`, schema.items, below(itemsOf(outside)));
  if (isSchema(schema.additionalProperties)) {
    const { additionalProperties } = outside;
    yield* structuralSchema(
      `${field}.additionalProperties`,
      schema.additionalProperties,
      below(isSchema(additionalProperties) ? additionalProperties : undefined),
    );
  }
  const nested: Place = { root: false, inValueValidation: true, resource: false, outside };
  for (const part of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, one] of entries(schema[part])) yield* structuralSchema(`${field}.${part}[${i}]`, one, nested);
  }
  if (schema.not !== undefined) yield* structuralSchema(`${field}.not`, schema.not, nested);
}

function* valueValidationParts(field: string, schema: JSONSchemaProps, { outside }: Place): Errors {
  const intOrString = outside?.['x-kubernetes-int-or-string'] === true;
  for (const part of ['type', 'default', 'additionalProperties', 'nullable', 'description', 'title', ...structural] as const) {
    const value = schema[part];
    if (value === undefined || value === false || value === '' || (part === 'type' && intOrString)) continue;
    yield forbidden(`${field}.${part}`, part === 'type' ? 'must be empty to be structural' : 'must be undefined to be structural');
  }
  // What is restricted must be declared outside, or pruning would not know of it.
  for (const name of Object.keys(schema.properties ?? {})) {
    const known =
      outside?.properties?.[name] !== undefined ||
      outside?.['x-kubernetes-preserve-unknown-fields'] === true ||
      isSchema(outside?.additionalProperties);
    if (!known)
      yield required(
        `${field.replace(/\.(?:allOf|anyOf|oneOf)\[\d+\]|\.not/g, '')}.properties[${name}]`,
        `because it is defined in ${field}.properties[${name}]`,
      );
  }
  if (isSchema(schema.items) && outside !== undefined && itemsOf(outside) === undefined) {
    yield required(`${field.replace(/\.(?:allOf|anyOf|oneOf)\[\d+\]|\.not/g, '')}.items`, `because it is defined in ${field}.items`);
  }
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
    else if (!intOrString && !preserve) yield required(`${field}.type`, fieldOrItem(field));
  } else if (!types.includes(schema.type)) yield notSupported(`${field}.type`, schema.type, types);
  if (root && schema.nullable === true) yield forbidden(`${field}.nullable`, 'nullable cannot be true at the root');
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

const fieldOrItem = (field: string): string =>
  field.endsWith('.items') ? 'must not be empty for specified array items' : 'must not be empty for specified object fields';

function* listRules(field: string, schema: JSONSchemaProps): Errors {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined && schema.type !== 'object')
    yield invalid(`${field}.type`, schema.type ?? '', 'must be object if x-kubernetes-map-type is specified');
  if (mapType !== undefined && !['atomic', 'granular'].includes(mapType))
    yield notSupported(`${field}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']);
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
  if (listType === 'map' && isSchema(schema.items)) yield* mapKeys(field, schema.items, keys ?? []);
}

function* mapKeys(field: string, items: JSONSchemaProps, keys: readonly string[]): Errors {
  if (items.type !== 'object') {
    yield invalid(`${field}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map");
  }
  for (const [i, key] of entries(keys)) {
    const property = items.properties?.[key];
    if (property === undefined) {
      yield invalid(`${field}.x-kubernetes-list-map-keys[${i}]`, key, 'entries must all be names of item properties');
    } else if (items.required?.includes(key) !== true && property.default === undefined) {
      const text = `this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`;
      yield required(`${field}.items.properties[${key}].default`, text);
    }
  }
}

function* valueRules(field: string, schema: JSONSchemaProps): Errors {
  if (schema.pattern !== undefined) {
    try {
      compileRegex(schema.pattern);
    } catch (thrown) {
      yield invalid(`${field}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${(thrown as Error).message}`);
    }
  }
}
