import { isDeepStrictEqual } from 'node:util';
import { copyJson } from '../decode-state.ts';
import { ApiError } from '../status.ts';

/** Upstream's limits (handlers/patch.go, jsonpatch AccumulatedCopySizeLimit). */
const mostOperations = 10_000;
const mostCopied = 3 * 1024 * 1024;

/** JSON Patch (RFC 6902) on `document`, which it changes. Refuses like the PATCH handler, which keeps the reason to itself. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  // Null is no operation.
  if (patch === null) return document;
  if (!Array.isArray(patch)) {
    const found = typeof patch === 'boolean' ? 'bool' : typeof patch;
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`);
  }
  if (patch.length > mostOperations) {
    const text = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`;
    throw new ApiError('RequestEntityTooLarge', `Request entity too large: ${text}`);
  }
  for (const operation of patch) {
    if (typeof operation === 'object' && operation !== null && !Array.isArray(operation)) continue;
    const found = Array.isArray(operation) ? 'array' : typeof operation === 'boolean' ? 'bool' : typeof operation;
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${found} into Go value of type handlers.jsonPatchOp`);
  }
  try {
    return changedBy(document, patch as Operation[]);
  } catch (thrown) {
    // What upstream answers (NewGenericServerResponse 422).
    if (thrown instanceof PatchFailure) throw new ApiError('Invalid', 'the server rejected our request due to an error in our request', {});
    throw thrown;
  }
}

export interface Operation {
  op?: unknown;
  path?: unknown;
  from?: unknown;
  value?: unknown;
}

/** An operation that does not apply, in the words of the library that upstream uses (evanphx/json-patch, version 4). */
export class PatchFailure extends Error {
  /** A `test` that did not hold. */
  readonly tested: boolean;
  constructor(message: string, tested = false) {
    super(message);
    this.tested = tested;
  }
}

/**
 * JSON Patch on `document`, which it changes, as that library understands it: `replace` adds what an object lacks, indices
 * may count from the end. Throws {@link PatchFailure}.
 */
export function changedBy(document: unknown, operations: readonly Operation[]): unknown {
  let result = document;
  let copied = 0;
  for (const { op, path, from, ...rest } of operations) {
    if (typeof op !== 'string' || !Object.hasOwn(appliers, op))
      throw new PatchFailure(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
    const apply = appliers[op as keyof typeof appliers];
    const moves = apply === move || apply === copy;
    if (moves && typeof from !== 'string') throw new PatchFailure(`${op} operation failed to decode from: missing value`);
    if (typeof path !== 'string') throw new PatchFailure(`${op} operation failed to decode path: missing value`);
    if (path === '' && apply === replace) {
      if (typeof rest.value !== 'object' || rest.value === null) throw new PatchFailure('replace operation value must be object or array');
      result = copyJson(rest.value);
      continue;
    }
    // The document must not share what later operations change with the patch, which may be applied again.
    const value = copyJson(rest.value ?? null);
    if (path === '' && apply === test) {
      if (!isDeepStrictEqual(result, value)) throw untrue(path);
      continue;
    }
    const size = apply(result, path, moves ? (from as string) : value);
    copied += size ?? 0;
    if (copied > mostCopied) {
      const text = `Unable to complete the copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${mostCopied}`;
      throw new PatchFailure(text);
    }
  }
  return result;
}

type Container = unknown[] | Record<string, unknown>;
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** The container that a pointer leads to, and the key in it; what comes before the first slash goes for nothing. */
function place(document: unknown, pointer: string): { container: Container; key: string } | undefined {
  const [, ...parts] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = parts.pop();
  if (key === undefined) return undefined;
  let container = document;
  for (const part of parts) {
    if (!isContainer(container)) return undefined;
    const index = Array.isArray(container) ? reached(container, part) : part;
    if (typeof index !== 'number' && (Array.isArray(container) || !Object.hasOwn(container, part))) return undefined;
    container = (container as Record<string | number, unknown>)[index as string];
  }
  return isContainer(container) ? { container, key } : undefined;
}

/** The index that a key means in a list, or the text of what is wrong with it. */
function reached(list: unknown[], key: string, length = list.length): number | string {
  if (!/^[+-]?\d+$/.test(key)) return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  const index = Number(key);
  if (index >= length || index < -length) return `Unable to access invalid index: ${index}: invalid index referenced`;
  return index < 0 ? index + length : index;
}

function at(document: unknown, pointer: string, lacking: string): { container: Container; key: string } {
  const found = place(document, pointer);
  if (found === undefined) throw new PatchFailure(`${lacking}: missing value`);
  return found;
}

/** What is there; a key that an object lacks has the value undefined. */
function read({ container, key }: { container: Container; key: string }, failure: (cause: string) => string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = reached(container, key);
  if (typeof index === 'string') throw new PatchFailure(failure(index));
  return container[index];
}

function put({ container, key }: { container: Container; key: string }, value: unknown, failure: (cause: string) => string): void {
  if (!Array.isArray(container)) setOwn(container, key, value);
  else if (key === '-') container.push(value);
  else {
    const index = reached(container, key, container.length + 1);
    const improper = typeof index === 'string' && index.startsWith('strconv') ? `value was not a proper array index: '${key}': ` : '';
    if (typeof index === 'string') throw new PatchFailure(failure(improper + index));
    container.splice(index, 0, value);
  }
}

function take({ container, key }: { container: Container; key: string }, failure: (cause: string) => string): void {
  if (Array.isArray(container)) {
    const index = reached(container, key);
    if (typeof index === 'string') throw new PatchFailure(failure(index));
    container.splice(index, 1);
  } else if (Object.hasOwn(container, key)) delete container[key];
  else throw new PatchFailure(failure(`Unable to remove nonexistent key: ${key}: missing value`));
}

const setOwn = (container: Record<string, unknown>, key: string, value: unknown): unknown =>
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });

const untrue = (path: string): PatchFailure => new PatchFailure(`testing value ${path} failed: test failed`, true);

function add(document: unknown, path: string, value: unknown): undefined {
  const found = at(document, path, `add operation does not apply: doc is missing path: ${JSON.stringify(path)}`);
  put(found, value, (cause) => `error in add for path: '${path}': ${cause}`);
}

function remove(document: unknown, path: string): undefined {
  const found = at(document, path, `remove operation does not apply: doc is missing path: ${JSON.stringify(path)}`);
  take(found, (cause) => `error in remove for path: '${path}': ${cause}`);
}

function replace(document: unknown, path: string, value: unknown): undefined {
  const found = at(document, path, `replace operation does not apply: doc is missing path: ${path}`);
  read(found, () => `replace operation does not apply: doc is missing key: ${path}: missing value`);
  const { container, key } = found;
  if (Array.isArray(container)) container[reached(container, key) as number] = value;
  else setOwn(container, key, value);
}

function move(document: unknown, path: string, from: unknown): undefined {
  const source = at(document, String(from), `move operation does not apply: doc is missing from path: ${from}`);
  const value = read(source, (cause) => `error in move for path: '${source.key}': ${cause}`);
  take(source, (cause) => `error in move for path: '${source.key}': ${cause}`);
  const target = at(document, path, `move operation does not apply: doc is missing destination path: ${path}`);
  put(target, value, (cause) => `error in move for path: '${path}': ${cause}`);
}

/** How much it copied. */
function copy(document: unknown, path: string, from: unknown): number {
  const source = at(document, String(from), `copy operation does not apply: doc is missing from path: ${from}`);
  const value = read(source, (cause) => `error in copy for from: '${from}': ${cause}`) ?? null;
  const target = at(document, path, `copy operation does not apply: doc is missing destination path: ${path}`);
  const text = JSON.stringify(value);
  put(target, JSON.parse(text), (cause) => `error while adding value during copy: ${cause}`);
  return text.length;
}

function test(document: unknown, path: string, value: unknown): undefined {
  const found = at(document, path, `test operation does not apply: is missing path: ${path}`);
  // A test for null also holds where nothing is.
  const there = read(found, (cause) => `error in test for path: '${path}': ${cause}`) ?? null;
  if (!isDeepStrictEqual(there, value)) throw untrue(path);
}

type Apply = (document: unknown, path: string, given: unknown) => number | undefined;
const appliers: Record<'add' | 'copy' | 'move' | 'remove' | 'replace' | 'test', Apply> = { add, copy, move, remove, replace, test };
