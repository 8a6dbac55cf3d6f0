/** What CEL sees of values with a schema: a type for the checker and the conversion of JSON data to it. */
import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { escapeFieldName, isKeyword } from '../cel/field-names.ts';
import { keyedList, setList } from '../cel/list-kinds.ts';
import { dynamicValue, sameValue } from '../cel/values.ts';
import { additionalOf, isEmbedded, isIntOrString, isObject, itemsOf, type StructuralSchema } from './schema.ts';

export interface CelType {
  /** Such as `string`, `list<int>`, `map<string, Object3>`. */
  readonly name: string;
  convert(value: unknown): unknown;
}

const dyn: CelType = { name: 'dyn', convert: dynamicValue };
const same = (value: unknown): unknown => value;
const text: CelType = { name: 'string', convert: same };

const scalars: Record<string, CelType> = {
  string: text,
  boolean: { name: 'bool', convert: same },
  integer: { name: 'int', convert: (value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value) },
  number: { name: 'double', convert: same },
};
const timestamp: CelType = { name: 'google.protobuf.Timestamp', convert: (value) => new Date(String(value)) };
const textFormats: Record<string, CelType> = {
  byte: { name: 'bytes', convert: (value) => new Uint8Array(Buffer.from(String(value), 'base64')) },
  date: timestamp,
  'date-time': timestamp,
  datetime: timestamp,
  duration: { name: 'google.protobuf.Duration', convert: (value) => duration(String(value)) },
};

interface CelTypeOptions {
  /** What the types' names begin with; default `Object`. */
  prefix?: string;
  /** Fields go by their own names, escaped or not: for types that are Kubernetes' own. */
  plain?: boolean;
}

/** Declares the types of a schema and all below it; each environment needs its own. */
export function celTypes(
  environment: Environment,
  { prefix = 'Object', plain = false }: CelTypeOptions = {},
): (schema: StructuralSchema, resource?: boolean) => CelType {
  const known = new Map<StructuralSchema, CelType>();
  let count = 0;
  const declareObject = (fields: Map<string, CelType>): CelType => {
    const name = `${prefix}${++count}`;
    const nameOf = plain ? (field: string): string => field : escapeFieldName;
    const escaped = new Map(
      [...fields].flatMap(([field, type]) => (nameOf(field) === undefined ? [] : [[field, { as: nameOf(field) as string, type }]])),
    );
    const declared = Object.fromEntries([...escaped.values()].map(({ as, type }) => [as, type.name]));
    const words = new Map<string, string>();
    for (const [field, { as, type }] of escaped) {
      if (as === field || !isKeyword(field)) continue;
      words.set(field, as);
      declared[field] = type.name;
    }
    const Fields = {
      [name]: class extends Map<string, unknown> {
        override get(field: string): unknown {
          return super.get(words.get(field) ?? field);
        }
      },
    }[name] as new () => Map<string, unknown>;
    environment.registerType(name, { ctor: Fields, fields: declared });
    // Where an object may be, null may be as well.
    for (const other of [name, 'null']) environment.registerOperator(`${name} == ${other}`, sameValue);
    return {
      name,
      convert(value) {
        const converted = new Fields();
        for (const [field, inner] of Object.entries(isObject(value) ? value : {})) {
          const known = escaped.get(field);
          // A null is as good as absent.
          if (known !== undefined && inner !== null) converted.set(known.as, known.type.convert(inner));
        }
        return converted;
      },
    };
  };
  const make = (schema: StructuralSchema, resource: boolean): CelType => {
    if (isIntOrString(schema)) return dyn;
    if (schema.type === 'array') {
      const items = itemsOf(schema);
      const item = items === undefined ? dyn : typeOf(items);
      const convert = (value: unknown): unknown => (Array.isArray(value) ? listOf(value.map(item.convert), schema) : value);
      return { name: `list<${item.name}>`, convert };
    }
    if (schema.type !== 'object')
      return (schema.type === 'string' ? textFormats[schema.format ?? ''] : undefined) ?? scalars[schema.type ?? ''] ?? dyn;
    const additional = additionalOf(schema);
    if (additional !== undefined) {
      const inner = typeOf(additional);
      const convert = (value: unknown): unknown =>
        new Map(Object.entries(isObject(value) ? value : {}).map(([key, item]) => [key, inner.convert(item)]));
      return { name: `map<string, ${inner.name}>`, convert };
    }
    const properties = Object.entries(schema.properties ?? {}).filter(([, property]) => plain || isTyped(property));
    const fields = new Map(properties.map(([field, property]) => [field, typeOf(property)]));
    if ((!resource && !isEmbedded(schema)) || (plain && fields.has('metadata'))) return declareObject(fields);
    const metadata = declareObject(
      new Map([
        ['name', text],
        ['generateName', text],
      ]),
    );
    return declareObject(new Map([...fields, ['apiVersion', text], ['kind', text], ['metadata', metadata]]));
  };
  const typeOf = (schema: StructuralSchema, resource = false): CelType => {
    const found = known.get(schema) ?? make(schema, resource);
    known.set(schema, found);
    return found;
  };
  return typeOf;
}

/** Whether rules see values of the schema: those that may be anything, and collections of them, they do not. */
export function isTyped(schema: StructuralSchema): boolean {
  if (isIntOrString(schema)) return true;
  if (schema.type === undefined || schema.type === '') return false;
  const inner = schema.type === 'array' ? itemsOf(schema) : schema.type === 'object' ? additionalOf(schema) : undefined;
  return inner === undefined ? schema.type !== 'array' : isTyped(inner);
}

/** Sets and keyed lists compare and add up by their elements, not by their order. */
function listOf(items: unknown[], schema: StructuralSchema): unknown[] {
  const kind = schema['x-kubernetes-list-type'];
  if (kind === 'set') return setList(items);
  if (kind !== 'map') return items;
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map((key) => escapeFieldName(key) ?? key);
  return keyedList(items, keys);
}

const units: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function duration(given: string): Duration {
  let ms = 0;
  for (const [, amount = '0', unit = 's'] of given.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h|d|w)/g))
    ms += Number(amount) * (units[unit] ?? 0);
  return Duration.fromMilliseconds(given.startsWith('-') ? -ms : ms);
}
