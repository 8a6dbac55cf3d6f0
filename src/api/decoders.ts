/**
 * Decoders compiled from the OpenAPI definitions, one closure a definition: each returns a fresh copy that holds known
 * fields only. They stand where Go's JSON decoder stands upstream and word type errors as it does.
 */
import {
  DecodeError,
  type Decoder,
  isObject,
  mapKey,
  mismatch,
  mostProblems,
  newState,
  pathText,
  type Shape,
  setOwn,
} from './decode-state.ts';
import { anything, bool, bytes, float64, int32, int64, scalars, text } from './scalar-decoders.ts';
import { definitions, goNameOf, resolveProperty, type SchemaDefinition, type SchemaProperty, simpleNameOf } from './schema.ts';

const compiled = new Map<string, Shape>();

/** The decoder of a definition of schema.json; `undefined` where there is no such definition (custom resources). */
export function decoderFor(definition: string): Decoder | undefined {
  return Object.hasOwn(definitions, definition) ? shapeOfDefinition(definition).decode : undefined;
}

function shapeOfDefinition(name: string): Shape {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const shape = scalars[name] ?? compileStruct(name, definitions[name] ?? {});
  compiled.set(name, shape);
  return shape;
}

function shapeOf(property: SchemaProperty): Shape {
  const { name } = resolveProperty(property);
  if (name !== undefined) return shapeOfDefinition(name);
  if (property.items !== undefined) return listOf(shapeOf(property.items));
  if (property.additionalProperties !== undefined) return mapOf(shapeOf(property.additionalProperties));
  switch (property.type) {
    case 'string':
      return property.format === 'byte' ? bytes : text;
    case 'boolean':
      return bool;
    case 'integer':
      return property.format === 'int64' ? int64 : int32;
    case 'number':
      return float64;
    default:
      return anything;
  }
}

/** Go's zero of lists and maps is left out of JSON unless the API demands the field. */
const isEmptyCollection = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
};

const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const schemaProps = `${extensions}.JSONSchemaProps`;

/** A schema within a schema is read by itself, and nothing is said of what it does not know (upstream: its UnmarshalJSON). */
const innerSchema = (value: unknown): unknown => shapeOfDefinition(schemaProps).decode(value, newState());

const schemaOrBool: Shape = {
  ...anything,
  decode(value) {
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) throw new DecodeError('boolean or JSON schema expected');
    return innerSchema(value);
  },
};
/** What is neither says nothing. */
const schemaOrList = (item: (value: unknown) => unknown): Shape => ({
  ...anything,
  decode: (value) => (Array.isArray(value) ? value.map(item) : isObject(value) ? innerSchema(value) : undefined),
});

/** Fields of which the definitions say no more than that they are objects: schemas within schemas, Go structs that have no fields. */
const special: Readonly<Record<string, () => Shape>> = {
  [`${extensions}.CustomResourceSubresources.status`]: () => compileStruct(`${extensions}.CustomResourceSubresourceStatus`, {}),
  [`${schemaProps}.items`]: () => schemaOrList((item) => innerSchema(item ?? {})),
  [`${schemaProps}.additionalItems`]: () => schemaOrBool,
  [`${schemaProps}.additionalProperties`]: () => schemaOrBool,
  [`${schemaProps}.dependencies`]: () => mapOf(schemaOrList((item) => item)),
};

function compileStruct(name: string, definition: SchemaDefinition): Shape {
  const simple = simpleNameOf(name);
  const go = goNameOf(name);
  let fields: Map<string, { decode: Decoder; dropEmpty: boolean }> | undefined;
  // Compiled at first use: definitions may contain themselves (JSONSchemaProps).
  const compile = (): Map<string, { decode: Decoder; dropEmpty: boolean }> =>
    new Map(
      Object.entries(definition.properties ?? {}).map(([field, property]) => {
        const required = definition.required?.includes(field) === true;
        const collection = property.items !== undefined || property.additionalProperties !== undefined;
        const { decode } = special[`${name}.${field}`]?.() ?? shapeOf(property);
        return [field, { decode, dropEmpty: collection && !required }];
      }),
    );
  const decode: Decoder = (value, state) => {
    if (!isObject(value)) throw mismatch(value, go, state);
    fields ??= compile();
    const out: Record<string, unknown> = {};
    for (const key in value) {
      const field = fields.get(key);
      if (field === undefined) {
        if (state.unknown.length < mostProblems) state.unknown.push(pathText(state.path, key));
        continue;
      }
      const raw = value[key];
      if (raw === null || raw === undefined) continue;
      state.path.push(key);
      state.struct = simple;
      const decoded = field.decode(raw, state);
      state.path.pop();
      if (decoded === undefined || (field.dropEmpty && isEmptyCollection(decoded))) continue;
      out[key] = decoded;
    }
    return out;
  };
  return { decode, zero: () => ({}), go };
}

function listOf(element: Shape): Shape {
  const go = `[]${element.go}`;
  return {
    go,
    zero: () => [],
    decode(value, state) {
      if (!Array.isArray(value)) throw mismatch(value, go, state);
      const { struct } = state;
      const out = new Array<unknown>(value.length);
      for (let i = 0; i < value.length; i++) {
        const item: unknown = value[i];
        if (item === null || item === undefined) {
          out[i] = element.zero();
          continue;
        }
        state.path.push(i);
        state.struct = struct;
        out[i] = element.decode(item, state);
        state.path.pop();
      }
      return out;
    },
  };
}

function mapOf(element: Shape): Shape {
  const go = `map[string]${element.go}`;
  return {
    go,
    zero: () => ({}),
    decode(value, state) {
      if (!isObject(value)) throw mismatch(value, go, state);
      const { struct } = state;
      const out: Record<string, unknown> = {};
      for (const key in value) {
        const item = value[key];
        state.path.push(mapKey + key);
        state.struct = struct;
        setOwn(out, key, item === null || item === undefined ? element.zero() : element.decode(item, state));
        state.path.pop();
      }
      return out;
    },
  };
}
