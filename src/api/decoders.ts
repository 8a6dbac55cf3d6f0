/**
 * Decoders compiled from the OpenAPI definitions, one closure a definition: each returns a fresh copy that holds known
 * fields only. They stand where Go's JSON decoder stands upstream and word type errors as it does.
 */
import { formatQuantity } from './quantity.ts';
import { definitions, goNameOf, resolveProperty, type SchemaDefinition, type SchemaProperty, simpleNameOf } from './schema.ts';

/** A value that does not fit its type; the message is what upstream's decoder says. */
export class DecodeError extends Error {}

/** Before a key of a map (rather than a field of a struct) in {@link DecodeState.path}. */
const mapKey = '\0';

export interface DecodeState {
  /** Where decoding stands: field names, map keys (marked) and list indices. */
  path: (string | number)[];
  /** Go name of the innermost struct. */
  struct: string;
  /** Paths of fields that the definitions do not have. */
  unknown: string[];
}
export const newState = (): DecodeState => ({ path: [], struct: '', unknown: [] });

/** Returns the decoded copy; `undefined` means that the value says nothing and its field is left out. */
export type Decoder = (value: unknown, state: DecodeState) => unknown;

interface Shape {
  decode: Decoder;
  /** What null stands for inside a list or map. */
  zero: () => unknown;
  go: string;
}

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
        return [field, { decode: shapeOf(property).decode, dropEmpty: collection && !required }];
      }),
    );
  const decode: Decoder = (value, state) => {
    if (!isObject(value)) throw mismatch(value, go, state);
    fields ??= compile();
    const out: Record<string, unknown> = {};
    for (const key in value) {
      const field = fields.get(key);
      if (field === undefined) {
        state.unknown.push(pathText(state.path, key));
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

function integer(go: string, least: number, most: number): Shape {
  return {
    go,
    zero: () => 0,
    decode(value, state) {
      if (typeof value !== 'number') throw mismatch(value, go, state);
      if (!Number.isInteger(value) || value < least || value > most) throw mismatch(value, go, state, `number ${value}`);
      return value;
    },
  };
}

const primitive = (type: 'string' | 'boolean' | 'number', go: string, zero: unknown): Shape => ({
  go,
  zero: () => zero,
  decode(value, state) {
    if (typeof value !== type) throw mismatch(value, go, state);
    return value;
  },
});

const text = primitive('string', 'string', '');
const bool = primitive('boolean', 'bool', false);
const float64 = primitive('number', 'float64', 0);
const int32 = integer('int32', -(2 ** 31), 2 ** 31 - 1);
const int64 = integer('int64', -(2 ** 63), 2 ** 63);
const anything: Shape = { go: 'interface {}', zero: () => null, decode: (value) => copyJson(value) };

const base64Format = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const bytes: Shape = {
  go: '[]uint8',
  zero: () => '',
  decode(value, state) {
    if (typeof value !== 'string') throw mismatch(value, '[]uint8', state);
    // Go's decoder passes over line ends.
    const clean = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value;
    if (!base64Format.test(clean)) throw new DecodeError(`illegal base64 data at input byte ${firstIllegalByte(clean)}`);
    return clean;
  },
};
function firstIllegalByte(value: string): number {
  const bad = /[^A-Za-z0-9+/]/.exec(value)?.index;
  if (bad !== undefined && (value[bad] !== '=' || bad % 4 < 2)) return bad;
  if (bad === undefined) return value.length - (value.length % 4);
  return Math.min(value.length, bad + 1);
}

const canonical = new Map<string, string>();
const quantity: Shape = {
  go: 'resource.Quantity',
  zero: () => '0',
  decode(value) {
    const raw = typeof value === 'string' ? value.trim() : JSON.stringify(value);
    let known = canonical.get(raw);
    if (known === undefined) {
      try {
        known = formatQuantity(raw);
      } catch (error) {
        throw new DecodeError((error as Error).message);
      }
      if (canonical.size > 10_000) canonical.clear();
      canonical.set(raw, known);
    }
    return known;
  },
};

const intOrString: Shape = {
  go: 'intstr.IntOrString',
  zero: () => 0,
  decode: (value, state) => (typeof value === 'string' ? value : int32.decode(value, state)),
};

const timeFormat = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** Times come out in UTC, with as many digits of a second as the type keeps. */
const time = (digits: 0 | 6): Shape => ({
  go: 'string',
  zero: () => undefined,
  decode(value, state) {
    if (typeof value !== 'string') throw mismatch(value, 'string', state);
    const match = timeFormat.exec(value);
    const moment = match === null ? Number.NaN : Date.parse(value);
    if (match === null || Number.isNaN(moment)) {
      const layout = digits === 0 ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
      throw new DecodeError(`parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`);
    }
    const [, fraction = '', zone] = match;
    if (zone === 'Z' && fraction.length === (digits === 0 ? 0 : digits + 1)) return value;
    const seconds = new Date(moment).toISOString().slice(0, 19);
    return digits === 0 ? `${seconds}Z` : `${seconds}.${fraction.slice(1, digits + 1).padEnd(digits, '0')}Z`;
  },
});

const scalars: Record<string, Shape> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': quantity,
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': intOrString,
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': time(0),
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': time(6),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': anything,
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': anything,
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Plain assignment to `__proto__` would set the prototype. */
function setOwn(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  else out[key] = value;
}

/** A copy of JSON data, nulls included. */
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson);
  const out: Record<string, unknown> = {};
  for (const key in value) setOwn(out, key, copyJson((value as Record<string, unknown>)[key]));
  return out;
}

/** `spec.containers[0].name`. */
export function pathText(path: readonly (string | number)[], last?: string): string {
  let out = '';
  for (const part of last === undefined ? path : [...path, last]) {
    if (typeof part === 'number') out += `[${part}]`;
    else out += `${out === '' ? '' : '.'}${part.startsWith(mapKey) ? part.slice(1) : part}`;
  }
  return out;
}

const jsonTypeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;

function mismatch(value: unknown, go: string, state: DecodeState, found = jsonTypeOf(value)): DecodeError {
  const fields = state.path.filter((part) => typeof part === 'string' && !part.startsWith(mapKey)).join('.');
  const target = state.struct === '' ? 'Go value' : `Go struct field ${state.struct}.${fields}`;
  return new DecodeError(`json: cannot unmarshal ${found} into ${target} of type ${go}`);
}
