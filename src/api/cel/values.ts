import { Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';

/** Values of Kubernetes' own types know by themselves what they equal. */
export interface OwnEquality {
  equals(other: unknown): boolean;
}
const hasOwnEquality = (value: object): value is OwnEquality => 'equals' in value && typeof value.equals === 'function';

/** An unsigned integer as the number that it is; other values as they are. */
const plainNumber = (value: unknown): unknown => (value instanceof UnsignedInt ? value.value : value);

/** Equality of CEL values of any types. Numbers compare across types, objects by their parts. */
export function sameValue(one: unknown, other: unknown): boolean {
  const [a, b] = [plainNumber(one), plainNumber(other)];
  if (a === b) return true;
  const numeric = [a, b].every((value) => typeof value === 'number' || typeof value === 'bigint');
  // biome-ignore lint/suspicious/noDoubleEquals: 1n and 1 are the same number here
  if (numeric) return a == b;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (hasOwnEquality(a)) return b instanceof a.constructor && a.equals(b);
  if (a instanceof Optional)
    return b instanceof Optional && a.hasValue() === b.hasValue() && (!a.hasValue() || sameValue(a.value(), b.value()));
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (a instanceof Duration) return b instanceof Duration && a.seconds === b.seconds && a.nanos === b.nanos;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  if (Array.isArray(b) || !isMapLike(a) || !isMapLike(b)) return false;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}

/** Maps and objects with fields, in contrast to values that are objects to JavaScript only. */
const isMapLike = (value: object): boolean => value instanceof Map || value.constructor === Object || value.constructor === undefined;

/** Below zero, zero or above it, for values of one type that has an order. Throws for others. */
export function compareValues(one: unknown, other: unknown): number {
  const [a, b] = [plainNumber(one), plainNumber(other)];
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Duration && b instanceof Duration) return Number(a.seconds - b.seconds) || a.nanos - b.nanos;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  const ordered = ['number', 'bigint', 'boolean'].includes(typeof a) && ['number', 'bigint', 'boolean'].includes(typeof b);
  if (!ordered) throw new TypeError('list elements must be comparable');
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

const entriesOf = (object: object): Map<unknown, unknown> => (object instanceof Map ? object : new Map(Object.entries(object)));

/** JSON data as CEL sees it where no type is known: whole numbers are int. */
export function dynamicValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(dynamicValue);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, dynamicValue(inner)]));
}

/** A result as JSON data. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint' || value instanceof UnsignedInt) return Number(value);
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, 'Z');
  if (value instanceof Duration) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries([...entriesOf(value)].map(([key, inner]) => [String(key), jsonValue(inner)]));
}
