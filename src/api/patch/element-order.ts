/** The order of merged lists: that of the patch first, that of the live object second (KEP preserve-order in strategic merge patch). */

import { goText } from '../go-text.ts';
import { ApiError } from '../status.ts';
import { deleteDirective, directive, isObject, noMergeKey } from './directives.ts';

/** What tells the elements of a list apart: the value of the merge key, or the scalar itself. */
export const identityOf = (element: unknown, mergeKey: string): unknown =>
  mergeKey !== '' && isObject(element) ? (Object.hasOwn(element, mergeKey) ? element[mergeKey] : missing) : element;
const missing = Symbol('no merge key');

/** Index of the first element of each identity. */
export function indexOf(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const out = new Map<unknown, number>();
  list.forEach((item, at) => {
    const identity = identityOf(item, mergeKey);
    if (!out.has(identity)) out.set(identity, at);
  });
  return out;
}

/** Whether both lists hold objects; false where they hold scalars. Mixtures and lists of lists are refused. */
export function elementsAreObjects(...lists: readonly (readonly unknown[])[]): boolean {
  let objects: boolean | undefined;
  for (const item of lists.flat(1)) {
    if (Array.isArray(item)) throw new ApiError('Invalid', 'lists of lists are not supported');
    const isMap = isObject(item);
    if (objects !== undefined && objects !== isMap) {
      throw new ApiError('BadRequest', `list element types are not identical: ${goText(lists)}`);
    }
    objects = isMap;
  }
  return objects === true;
}

/**
 * Interleaves the elements that the patch names with those only the server has. Each group keeps its own order (of
 * `patchOrder`, of `serverOrder`); a server-only element goes before the first named one that follows it on the server.
 */
export function inOrder(
  named: readonly unknown[],
  serverOnly: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const onServer = indexOf(serverOrder, mergeKey);
  const place = (item: unknown): number => onServer.get(identityOf(item, mergeKey)) ?? -1;
  const right = sortBy(named, indexOf(patchOrder, mergeKey), mergeKey);
  const left = sortBy(serverOnly, onServer, mergeKey);
  const out: unknown[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    if (r >= right.length) out.push(left[l++]);
    else if (l >= left.length) out.push(right[r++]);
    else {
      const before = place(left[l]);
      const after = place(right[r]);
      out.push(before >= 0 && after >= 0 && before < after ? left[l++] : right[r++]);
    }
  }
  return out;
}

const sortBy = (items: readonly unknown[], order: Map<unknown, number>, mergeKey: string): unknown[] =>
  items
    .map((item) => ({ item, at: order.get(identityOf(item, mergeKey)) ?? -1 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

/** The elements of a patch list must follow each other as `$setElementOrder` has them. */
export function checkElementOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const kept = patch.filter((item) => !(isObject(item) && item[directive] === deleteDirective));
  let next = 0;
  let at = 0;
  while (next < kept.length && at < order.length) {
    const item = kept[next];
    if (isObject(item) && Object.hasOwn(item, directive)) {
      next++;
      continue;
    }
    if (mergeKey !== '' && isObject(item) && !Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    if (identityOf(order[at], mergeKey) === identityOf(item, mergeKey)) next++;
    at++;
  }
  if (next < kept.length && at >= order.length) {
    throw new ApiError(
      'BadRequest',
      `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
  }
}
