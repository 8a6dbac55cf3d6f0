/**
 * Strategic merge patch: JSON merge patch that knows which lists are merged by key, with directives for what a plain merge
 * cannot say. Follows apimachinery's strategicpatch (StrategicMergeMapPatchUsingLookupPatchMeta) in effect and order.
 */

import { propertyOf, resolveProperty, type SchemaDefinition } from '../schema.ts';
import { ApiError } from '../status.ts';
import { deleteDirective, directive, isObject, type JsonObject, noMergeKey, removeDirectives, unknownDirective } from './directives.ts';
import { checkElementOrder, elementsAreObjects, identityOf, indexOf, inOrder } from './element-order.ts';

const retainKeys = '$retainKeys';
const elementOrder = '$setElementOrder/';
const deleteFromList = '$deleteFromPrimitiveList/';

type Schema = SchemaDefinition | undefined;

/** Merges `patch` into `original`; changes both. `schema` is the definition of the object. */
export function strategicMergePatch(original: unknown, patch: unknown, schema: SchemaDefinition): unknown {
  return mergeMap(isObject(original) ? original : {}, patch as JsonObject, schema);
}

interface FieldMeta {
  schema: Schema;
  strategy: string;
  mergeKey: string;
}

/** How a field of `schema` is merged; of a list, `schema` in the answer is that of its elements. */
function lookup(schema: Schema, field: string): FieldMeta {
  const property = propertyOf(schema, field) ?? schema?.additionalProperties;
  if (property === undefined) return { schema: undefined, strategy: '', mergeKey: '' };
  const inner = property.items ?? property;
  // "retainKeys" announces that clients send the directive, which is obeyed wherever it stands.
  const strategies = (property['x-kubernetes-patch-strategy'] ?? '').split(',').filter((name) => name !== 'retainKeys');
  return {
    schema: resolveProperty(inner).definition,
    strategy: strategies[0] ?? '',
    mergeKey: property['x-kubernetes-patch-merge-key'] ?? '',
  };
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  if (Object.hasOwn(patch, directive)) {
    const what = patch[directive];
    if (what === deleteDirective) return {};
    if (what !== 'replace') throw unknownDirective(what, patch);
    delete patch[directive];
    return patch;
  }
  applyRetainKeys(original, patch);
  applyElementOrders(original, patch, schema);
  const keys = Object.keys(patch).filter((key) => key !== '__proto__');
  for (const key of keys) if (!key.startsWith(deleteFromList)) mergeField(original, key, patch[key], schema);
  // After the additions of the same patch, as clients mean it.
  for (const key of keys) if (key.startsWith(deleteFromList)) removeFromList(original, key, patch[key], schema);
  return original;
}

function mergeField(original: JsonObject, key: string, value: unknown, schema: Schema): void {
  if (value === null) {
    delete original[key];
    return;
  }
  const current = Object.hasOwn(original, key) ? original[key] : undefined;
  if (Array.isArray(current) && Array.isArray(value)) {
    const meta = lookup(schema, key);
    original[key] = meta.strategy === 'merge' ? mergeList(current, value, meta) : value;
  } else if (isObject(current) && isObject(value)) {
    const meta = lookup(schema, key);
    original[key] = meta.strategy === 'replace' ? value : mergeMap(current, value, meta.schema);
  } else {
    const { keep, value: plain } = removeDirectives(dropNulls(value));
    if (keep) original[key] = plain;
    else delete original[key];
  }
}

/** Nulls inside a value that is new say nothing; those in lists stay (upstream: discardNullValuesFromPatch). */
function dropNulls(value: unknown): unknown {
  if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (value[key] === null) delete value[key];
      else dropNulls(value[key]);
    }
  }
  return value;
}

function removeFromList(original: JsonObject, directiveKey: string, value: unknown, schema: Schema): void {
  const key = directiveKey.slice(deleteFromList.length);
  if (value !== null && !Array.isArray(value)) throw new ApiError('BadRequest', 'invalid patch format of primitive list');
  const current = Object.hasOwn(original, key) ? original[key] : undefined;
  if (!Array.isArray(current) || value === null) return;
  const gone = new Set<unknown>(value);
  original[key] = lookup(schema, key).strategy === 'merge' ? current.filter((item) => !gone.has(item)) : value;
}

/** `$retainKeys`: what it does not name goes, and the patch may not set anything else. */
function applyRetainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const kept = patch[retainKeys];
  delete patch[retainKeys];
  const refused = (): ApiError => new ApiError('BadRequest', 'invalid patch format of retainKeys');
  if (!Array.isArray(kept)) throw refused();
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(deleteFromList) || key.startsWith(elementOrder)) continue;
    if (!kept.includes(key)) throw refused();
  }
  for (const key of Object.keys(original)) if (!kept.includes(key)) delete original[key];
}

/** `$setElementOrder/x` with its list `x`: merged, then put into the order that the directive gives. */
function applyElementOrders(original: JsonObject, patch: JsonObject, schema: Schema): void {
  for (const directiveKey of Object.keys(patch)) {
    if (!directiveKey.startsWith(elementOrder)) continue;
    const order = patch[directiveKey];
    delete patch[directiveKey];
    if (!Array.isArray(order)) throw new ApiError('BadRequest', 'invalid patch format of setElementOrder list');
    const key = directiveKey.slice(elementOrder.length);
    const meta = lookup(schema, key);
    const current = listAt(original, key);
    const change = listAt(patch, key);
    checkElementOrder(change ?? [], order, meta.mergeKey);
    if (current === undefined && change === undefined) continue;
    let merged: unknown[];
    if (change === undefined) merged = current ?? [];
    else if (current === undefined) merged = removeDirectives(change).value as unknown[];
    else merged = meta.strategy === 'merge' ? mergeList(current, change, meta) : change;
    const ordered = indexOf(order, meta.mergeKey);
    const inDirective = (item: unknown): boolean => ordered.has(identityOf(item, meta.mergeKey));
    original[key] = inOrder(
      merged.filter(inDirective),
      merged.filter((item) => !inDirective(item)),
      order,
      current ?? [],
      meta.mergeKey,
    );
    delete patch[key];
  }
}

function listAt(object: JsonObject, key: string): unknown[] | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new ApiError('BadRequest', `expected a []interface {}, but received a ${typeof value}`);
  return value;
}

function mergeList(current: unknown[], patch: unknown[], meta: FieldMeta): unknown[] {
  if (current.length === 0 && patch.length === 0) return current;
  const { mergeKey } = meta;
  if (!elementsAreObjects(current, patch)) {
    const named = new Set(patch);
    const serverOnly = new Set(current.filter((item) => !named.has(item)));
    return inOrder([...named], [...serverOnly], patch, current, '');
  }
  if (mergeKey === '') throw new ApiError('BadRequest', 'cannot merge lists without merge key for type map');
  const { kept, additions } = applyListDirectives(current as JsonObject[], patch as JsonObject[], mergeKey);
  const merged = [...kept];
  const places = indexOf(merged, mergeKey);
  for (const addition of additions) {
    if (!Object.hasOwn(addition, mergeKey)) throw noMergeKey(addition, mergeKey);
    const at = places.get(addition[mergeKey]);
    if (at === undefined) places.set(addition[mergeKey], merged.push(addition) - 1);
    else merged[at] = mergeMap(merged[at] as JsonObject, addition, meta.schema);
  }
  for (const item of merged) if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  const named = indexOf(additions, mergeKey);
  const inPatch = (item: JsonObject): boolean => named.has(item[mergeKey]);
  return inOrder(
    merged.filter(inPatch),
    merged.filter((item) => !inPatch(item)),
    additions,
    kept,
    mergeKey,
  );
}

/** Elements of the patch that carry `$patch`: delete an element, or replace the whole list by the rest of the patch. */
function applyListDirectives(
  current: JsonObject[],
  patch: JsonObject[],
  mergeKey: string,
): { kept: JsonObject[]; additions: JsonObject[] } {
  const gone = new Set<unknown>();
  let replace = false;
  const additions: JsonObject[] = [];
  for (const element of patch) {
    if (!Object.hasOwn(element, directive)) additions.push(element);
    else if (element[directive] === deleteDirective) {
      if (!Object.hasOwn(element, mergeKey)) throw noMergeKey(element, mergeKey);
      gone.add(element[mergeKey]);
    } else if (element[directive] === 'replace') replace = true;
    else if (element[directive] === 'merge') throw new ApiError('BadRequest', 'merging lists cannot yet be specified in the patch');
    else throw unknownDirective(element[directive], element);
  }
  if (replace) return { kept: additions, additions: [] };
  return { kept: gone.size === 0 ? current : current.filter((item) => !gone.has(item[mergeKey])), additions };
}
