import jsonPatch, { type Operation, type Validator } from 'fast-json-patch';
import { ApiError } from '../status.ts';

/** Upstream's limits (handlers/patch.go, jsonpatch AccumulatedCopySizeLimit). */
const mostOperations = 10_000;
const mostCopied = 3 * 1024 * 1024;

/** JSON Patch (RFC 6902) on `document`, which it changes. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    const found = patch === null ? 'null' : typeof patch === 'boolean' ? 'bool' : typeof patch;
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`);
  }
  if (patch.length > mostOperations) {
    const text = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`;
    throw new ApiError('RequestEntityTooLarge', `Request entity is too large: ${text}`);
  }
  for (const operation of patch) {
    if (typeof operation === 'object' && operation !== null && !Array.isArray(operation)) continue;
    const found = Array.isArray(operation) ? 'array' : typeof operation === 'boolean' ? 'bool' : typeof operation;
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${found} into Go value of type handlers.jsonPatchOp`);
  }
  let result = document;
  let copied = 0;
  for (const operation of patch as Operation[]) {
    try {
      // Upstream takes a test for null as passed where the path does not exist.
      if (operation.op === 'test' && operation.value === null && valueAt(result, operation.path) === undefined) continue;
      if (operation.op === 'copy') copied += JSON.stringify(valueAt(result, operation.from) ?? null).length;
      result = jsonPatch.applyOperation(result, operation, checkOperation, true, true).newDocument;
    } catch {
      throw rejected();
    }
    if (copied > mostCopied) throw rejected();
  }
  return result;
}

/** The library's own check, but for that of `from`, for which it copies the whole document each time. */
const checkOperation: Validator<unknown> = (operation, index, document, existingPath) => {
  const moves = operation.op === 'move' || operation.op === 'copy';
  jsonPatch.validator(operation, index, moves ? undefined : document, existingPath);
  if (moves && valueAt(document, operation.from) === undefined) throw new TypeError(`there is no ${operation.from}`);
};

function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}

/** What upstream answers (NewGenericServerResponse 422); the reason of the failure stays in its log. */
const rejected = (): ApiError => new ApiError('Invalid', 'the server rejected our request due to an error in our request', {});
