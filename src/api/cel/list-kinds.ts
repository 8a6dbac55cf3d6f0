/** Lists of the types `set` and `map`: what makes an element the same one, and how such lists compare and add up (upstream: cel/common/values). */
import { sameValue } from './values.ts';

/** The part of an element that may be in the list once. */
type Identity = (element: unknown) => unknown;

interface Kind {
  identity: Identity;
  /** Whether a later element takes the place of an earlier one with the same identity. */
  replaces: boolean;
}

const kinds = new WeakMap<readonly unknown[], Kind>();

export function setList(items: unknown[]): unknown[] {
  kinds.set(items, { identity: (element) => element, replaces: false });
  return items;
}

/** `keys`: the fields that tell elements apart. */
export function keyedList(items: unknown[], keys: readonly string[]): unknown[] {
  const identity: Identity = (element) => (element instanceof Map ? keys.map((key) => element.get(key) ?? null) : element);
  kinds.set(items, { identity, replaces: true });
  return items;
}

const find = (list: readonly unknown[], wanted: unknown, { identity }: Kind): number =>
  list.findIndex((element) => sameValue(identity(element), identity(wanted)));

/** Whether the lists have the same elements, in any order; undefined where the first is a list like any other. */
export function sameElements(list: readonly unknown[], other: readonly unknown[]): boolean | undefined {
  const kind = kinds.get(list);
  if (kind === undefined) return undefined;
  return list.length === other.length && list.every((element) => sameValue(element, other[find(other, element, kind)]));
}

/** Both lists, each element once, in the order of the first; undefined where that is a list like any other. */
export function joined(list: readonly unknown[], other: readonly unknown[]): unknown[] | undefined {
  const kind = kinds.get(list);
  if (kind === undefined) return undefined;
  const result = [...list];
  for (const element of other) {
    const at = find(result, element, kind);
    if (at < 0) result.push(element);
    else if (kind.replaces) result[at] = element;
  }
  kinds.set(result, kind);
  return result;
}
