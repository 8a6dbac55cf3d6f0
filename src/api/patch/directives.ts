import { goText } from '../go-text.ts';
import { ApiError } from '../status.ts';

/** The key that turns an object of a strategic merge patch into an instruction, and its values. */
export const directive = '$patch';
export const deleteDirective = 'delete';

export type JsonObject = Record<string, unknown>;
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export const noMergeKey = (element: JsonObject, mergeKey: string): ApiError =>
  new ApiError('BadRequest', `map: ${goText(element)} does not contain declared merge key: ${mergeKey}`);
export const unknownDirective = (what: unknown, where: JsonObject): ApiError =>
  new ApiError('BadRequest', `unknown patch type: ${goText(what)} in map: ${goText(where)}`);

/** Strips instructions from a value that is taken as it is, there being nothing to merge it with; changes its argument. */
export function removeDirectives(value: unknown): { value: unknown; keep: boolean } {
  if (Array.isArray(value)) {
    return { value: value.map(removeDirectives).flatMap(({ keep, value: item }) => (keep ? [item] : [])), keep: true };
  }
  if (!isObject(value)) return { value, keep: true };
  if (Object.hasOwn(value, directive)) return { value: undefined, keep: false };
  for (const key of Object.keys(value)) {
    const inner = removeDirectives(value[key]);
    if (inner.keep) value[key] = inner.value;
    else delete value[key];
  }
  return { value, keep: true };
}
