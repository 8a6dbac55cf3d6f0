import facts from '../facts/protobuf-fields.json' with { type: 'json' };
import definitions from '../schema.json' with { type: 'json' };
import { definitionName, jsonName } from './names.ts';
import { isPointer } from './pointers.ts';

export type ScalarType = 'string' | 'bytes' | 'bool' | 'int32' | 'int64' | 'double';

/** What a field holds: a scalar or a message. */
export type ValueType = { scalar: ScalarType } | { message: string };

export interface Field {
  number: number;
  /** The JSON name; meaningless for an inlined message. */
  name: string;
  value: ValueType;
  shape: 'single' | 'repeated' | 'map';
  /** The message's fields stand in the parent's JSON object (Go's embedded structs). */
  inline: boolean;
  /** A zero that was sent says something. */
  keepsZero: boolean;
}

export interface Message {
  /** In ascending order, which is how upstream writes them. */
  byNumber: ReadonlyMap<number, Field>;
}

const messages = facts as unknown as Record<string, Record<string, [number, string]>>;
const schemas = definitions as Record<string, { properties?: Record<string, unknown>; required?: readonly string[] }>;
const scalars: ReadonlySet<string> = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'double']);
const compiled = new Map<string, Message>();

export const hasMessage = (name: string): boolean => messages[name] !== undefined;

/** The fields of a message, worked out once. Throws for a message that upstream does not have. */
export function messageOf(name: string): Message {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const raw = messages[name];
  if (raw === undefined) throw new TypeError(`there is no protobuf message ${name}`);
  const schema = schemas[definitionName(name)];
  const required = new Set(schema?.required ?? []);
  const byNumber = new Map<number, Field>();
  for (const [protoName, [number, type]] of Object.entries(raw).sort(([, [a]], [, [b]]) => a - b)) {
    const { value, shape } = parseType(type);
    const known = schema?.properties?.[protoName] !== undefined || schema === undefined;
    const inline = !known && shape === 'single' && 'message' in value;
    const jsonField = known ? protoName : jsonName(protoName);
    const keepsZero = required.has(jsonField) || isPointer(name, jsonField);
    byNumber.set(number, { number, name: jsonField, value, shape, inline, keepsZero });
  }
  const message = { byNumber };
  compiled.set(name, message);
  return message;
}

function parseType(text: string): { value: ValueType; shape: Field['shape'] } {
  const map = /^map<string,\.?(.*)>$/.exec(text)?.[1];
  if (map !== undefined) return { value: valueType(map), shape: 'map' };
  if (text.startsWith('repeated ')) return { value: valueType(text.slice('repeated '.length)), shape: 'repeated' };
  return { value: valueType(text), shape: 'single' };
}

const valueType = (text: string): ValueType => (scalars.has(text) ? { scalar: text as ScalarType } : { message: text });
