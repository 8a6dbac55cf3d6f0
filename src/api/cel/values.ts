import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';

/** Equality of CEL values of any type, for functions over lists. Numbers compare across types, objects by their parts. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const numeric = [a, b].every((value) => typeof value === 'number' || typeof value === 'bigint');
  // biome-ignore lint/suspicious/noDoubleEquals: 1n and 1 are the same number here
  if (numeric) return a == b;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date || a instanceof Duration) return b instanceof a.constructor && a.valueOf() === b.valueOf();
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  const [left, right] = [entriesOf(a), entriesOf(b)];
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
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
