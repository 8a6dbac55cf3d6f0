/** What the decoders share: where they stand in a value, how they word a value that does not fit, copies of free JSON. */

/** A value that does not fit its type; the message is what upstream's decoder says. */
export class DecodeError extends Error {}

/** Before a key of a map (rather than a field of a struct) in {@link DecodeState.path}. */
export const mapKey = '\0';

export interface DecodeState {
  /** Where decoding stands: field names, map keys (marked) and list indices. */
  path: (string | number)[];
  /** Go name of the innermost struct. */
  struct: string;
  /** Paths of fields that the definitions do not have. */
  unknown: string[];
  /** Whether values that do not fit are worded as upstream's converter does (see `DecodeOptions.converted`). */
  converted: boolean;
}
/** How many unknown and duplicate fields are told of (upstream's JSON decoder stops at a hundred strict errors). */
export const mostProblems = 100;

export const newState = (converted = false): DecodeState => ({ path: [], struct: '', unknown: [], converted });

/** Returns the decoded copy; `undefined` means that the value says nothing and its field is left out. */
export type Decoder = (value: unknown, state: DecodeState) => unknown;

/** One type: its decoder, and what Go would make of it. */
export interface Shape {
  decode: Decoder;
  /** What null stands for inside a list or map. */
  zero: () => unknown;
  go: string;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Plain assignment to `__proto__` would set the prototype. */
export function setOwn(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  else out[key] = value;
}

/**
 * How deep JSON may nest. Upstream stops at 10,000; the engine's own recursive functions (structuredClone) stop earlier.
 */
const maxDepth = 1000;

/** Throws {@link DecodeError} for JSON that nests too deep to be walked. */
export function checkDepth(value: unknown, left = maxDepth): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) throw new DecodeError('exceeded max depth');
  if (Array.isArray(value)) for (const item of value) checkDepth(item, left - 1);
  else for (const key in value) checkDepth((value as Record<string, unknown>)[key], left - 1);
}

/** A copy of JSON data, nulls included. Throws {@link DecodeError} where it nests too deep. */
export function copyJson(value: unknown, left = maxDepth): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (left === 0) throw new DecodeError('exceeded max depth');
  if (Array.isArray(value)) return value.map((item) => copyJson(item, left - 1));
  const out: Record<string, unknown> = {};
  for (const key in value) setOwn(out, key, copyJson((value as Record<string, unknown>)[key], left - 1));
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

const scalarTypes = new Set(['string', 'bool', 'int32', 'int64', 'float64']);

/** In the words of upstream's DefaultUnstructuredConverter, which sees values where encoding/json sees text. */
function unconvertible(value: unknown, go: string): string {
  const found = typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : jsonTypeOf(value);
  const kind = found === 'object' ? 'map' : found === 'array' ? 'slice' : found === 'null' ? 'invalid' : found;
  if (go.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (go.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (!scalarTypes.has(go)) return `cannot restore struct from: ${kind}`;
  // Go itself would convert numbers to one another and integers to text; the converter refuses that. Others it does not know.
  const convertible = kind === 'int64' || (kind === 'float64' && go !== 'string');
  return convertible && go !== 'bool' ? `cannot convert ${kind} to ${go}` : `unrecognized type: ${go}`;
}

/** A value of the wrong type, in the words of Go's encoding/json. */
export function mismatch(value: unknown, go: string, state: DecodeState, found = jsonTypeOf(value)): DecodeError {
  if (state.converted) return new DecodeError(unconvertible(value, go));
  const fields = state.path.filter((part) => typeof part === 'string' && !part.startsWith(mapKey)).join('.');
  const target = state.struct === '' ? 'Go value' : `Go struct field ${state.struct}.${fields}`;
  return new DecodeError(`json: cannot unmarshal ${found} into ${target} of type ${go}`);
}
