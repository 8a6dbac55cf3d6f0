import { compileRules } from '../structural/compile-rules.ts';
import { isEmbedded, isObject, itemsOf, type StructuralSchema, someSchema } from '../structural/schema.ts';
import { entries } from './common.ts';
import { defaultsHold, validationRule } from './crd-rules.ts';
import { structureErrors } from './crd-structure.ts';
import { type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';

/** What may stand at the root of a schema whose status is validated by itself; upstream's names and order. */
const atRootWithStatus = [
  ...['Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum', 'MaxLength', 'MinLength'],
  ...['Pattern', 'MaxItems', 'MinItems', 'UniqueItems', 'MultipleOf', 'Required', 'Items', 'Properties', 'ExternalDocs', 'Example'],
  ...['XPreserveUnknownFields', 'XValidations'],
];
const internalName = (part: string): string =>
  part.startsWith('x-kubernetes-')
    ? `X${part
        .slice('x-kubernetes-'.length)
        .split('-')
        .map((word) => (word[0] ?? '').toUpperCase() + word.slice(1))
        .join('')}`
    : (part[0] ?? '').toUpperCase() + part.slice(1);

/** Everything that upstream asks of the schema of a version; rules and defaults only where the schema is structural. */
export function* definitionSchema(field: string, schema: StructuralSchema, withStatus: boolean): Errors {
  if (withStatus) yield* rootWithStatus(field, schema);
  if (schema.nullable === true) yield forbidden(`${field}.nullable`, 'nullable cannot be true at the root');
  const unsound = usesSchemaField(schema)
    ? [invalid(field, '', "OpenAPIV3Schema 'schema' is not supported")]
    : structureErrors(field, schema);
  if (unsound.length === 0) unsound.push(...defaultsHold(field, schema));
  yield* unsound;
  const found = [...schemaErrors(field, schema, { root: true, meta: false, defaults: undefined })];
  yield* found;
  if (unsound.length === 0 && found.length === 0) yield* compileRules(schema, field).errors;
}

const usesSchemaField = (schema: StructuralSchema): boolean => someSchema(schema, ({ $schema = '' }) => $schema !== '');

function* rootWithStatus(field: string, schema: StructuralSchema): Errors {
  if (schema.type !== undefined && schema.type !== 'object') {
    const text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    yield invalid(`${field}.type`, schema.type, text);
  }
  if (Object.keys(schema).every((part) => atRootWithStatus.includes(internalName(part)))) return;
  const text = `only [${atRootWithStatus.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  yield invalid(field, schema, text);
}

interface Place {
  root: boolean;
  /** Inside a resource's kind, apiVersion or metadata. */
  meta: boolean;
  /** Why no defaults may be here. */
  defaults: string | undefined;
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const typeFields = ['metadata', 'kind', 'apiVersion'];

/** Upstream: ValidateCustomResourceDefinitionOpenAPISchema. */
function* schemaErrors(field: string, schema: StructuralSchema, place: Place): Errors {
  yield* ownParts(field, schema, place);
  if (schema.uniqueItems === true)
    yield forbidden(`${field}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  const { additionalProperties, properties = {} } = schema;
  const inner: Place = { ...place, root: false };
  if (Object.keys(properties).length > 0 && additionalProperties !== undefined && additionalProperties !== true)
    yield forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive');
  if (isObject(additionalProperties)) {
    const defaults = place.meta ? 'inside additionalProperties applying to object metadata' : place.defaults;
    yield* schemaErrors(`${field}.additionalProperties`, additionalProperties as StructuralSchema, { ...inner, defaults });
  }
  for (const [name, property] of Object.entries(properties)) {
    const meta = (place.root || isEmbedded(schema)) && typeFields.includes(name);
    const defaults = meta && place.root ? `in top-level ${name}` : place.defaults;
    yield* schemaErrors(`${field}.properties[${name}]`, property, { root: false, meta: place.meta || meta, defaults });
  }
  if (schema.not !== undefined) yield* schemaErrors(`${field}.not`, schema.not, inner);
  for (const part of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [i, one] of entries(schema[part])) yield* schemaErrors(`${field}.${part}[${i}]`, one, inner);
  }
  const items = itemsOf(schema);
  if (items !== undefined) yield* schemaErrors(`${field}.items`, items, inner);
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    yield invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
  yield* listRules(field, schema);
  for (const [i, rule] of entries(schema['x-kubernetes-validations']))
    yield* validationRule(`${field}.x-kubernetes-validations[${i}]`, rule, schema);
}

function* ownParts(field: string, schema: StructuralSchema, { meta, defaults }: Place): Errors {
  if (schema.type && !types.includes(schema.type)) yield notSupported(`${field}.type`, schema.type, types);
  if (schema.default !== undefined && defaults !== undefined) yield forbidden(`${field}.default`, `must not be set ${defaults}`);
  for (const part of ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const) {
    if (schema[part] !== undefined) yield forbidden(`${field}.${part}`, `${part} is not supported`);
  }
  if (schema.type === 'null') yield forbidden(`${field}.type`, 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) yield forbidden(`${field}.items`, 'items must be a schema object and not an array');
  if (meta && isEmbedded(schema)) yield forbidden(`${field}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta');
}

function* typeFor(field: string, { type = '' }: StructuralSchema, wanted: string, extension: string): Errors {
  const text = `must be ${wanted} if ${extension} is specified`;
  if (type !== wanted) yield type === '' ? required(`${field}.type`, text) : invalid(`${field}.type`, type, text);
}

function* listRules(field: string, schema: StructuralSchema): Errors {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const mapType = schema['x-kubernetes-map-type'];
  const items = itemsOf(schema);
  if (mapType !== undefined) {
    yield* typeFor(field, schema, 'object', 'x-kubernetes-map-type');
    const known = ['atomic', 'granular'];
    if (!known.includes(mapType)) yield notSupported(`${field}.x-kubernetes-map-type`, mapType, known);
  }
  if (listType !== undefined) {
    yield* typeFor(field, schema, 'array', 'x-kubernetes-list-type');
    if (listType === 'set' && schema.type === 'array' && items !== undefined) yield* setItems(field, items);
    const known = ['atomic', 'set', 'map'];
    if (!known.includes(listType)) yield notSupported(`${field}.x-kubernetes-list-type`, listType, known);
  }
  if (keys.length > 0 && listType !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = `${field}.x-kubernetes-list-type`;
    yield listType === undefined ? required(at, text) : invalid(at, listType, text);
  }
  if (listType === 'map') yield* mapItems(field, schema, keys);
  if ((listType === 'map' || listType === 'set') && items !== undefined) yield* neverNull(field, items, listType, keys);
}

/** Items of sets are compared as wholes. */
function* setItems(field: string, items: StructuralSchema): Errors {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'] ?? 'atomic';
  if (items.type === 'array' && listType !== 'atomic') yield invalid(`${field}.items.x-kubernetes-list-type`, listType, text);
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    yield invalid(`${field}.items.x-kubernetes-map-type`, items['x-kubernetes-list-type'], text);
}

function* mapItems(field: string, schema: StructuralSchema, keys: readonly string[]): Errors {
  const at = `${field}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) yield required(at, 'must not be empty if x-kubernetes-list-type is map');
  if (schema.items === undefined) yield required(`${field}.items`, 'must have a schema if x-kubernetes-list-type is map');
  const items = itemsOf(schema);
  if (items === undefined) return;
  if (items.type !== 'object') {
    yield invalid(`${field}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map");
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = items.properties?.[key];
    if (property === undefined) yield invalid(at, keys, 'entries must all be names of item properties');
    else if (property.type === 'array' || property.type === 'object') {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      yield invalid(`${field}.items.properties[${key}].type`, items.type, text);
    }
    if (seen.has(key)) yield invalid(at, keys, 'must not contain duplicate entries');
    seen.add(key);
  }
}

/** Upstream: validateMapListKeysMapSet. */
function* neverNull(field: string, items: StructuralSchema, listType: string, keys: readonly string[]): Errors {
  if (items.nullable === true) yield forbidden(`${field}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  if (listType !== 'map') return;
  for (const key of keys) {
    const property = items.properties?.[key];
    if (property === undefined) continue;
    const at = `${field}.items.properties[${key}]`;
    const head = 'this property is in x-kubernetes-list-map-keys, so it';
    if (items.required?.includes(key) !== true && property.default === undefined)
      yield required(`${at}.default`, `${head} must have a default or be a required property`);
    if (property.nullable === true) yield forbidden(`${at}.nullable`, `${head} cannot be nullable`);
  }
}
