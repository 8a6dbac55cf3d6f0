/**
 * Set arithmetic on `fieldsV1` as it is stored. Updates are many and touch little of it, so unlike server-side apply they do
 * without field sets; what stays the same stays the very same object. An empty node is a path that belongs to the set; one
 * with children belongs when it has a `.`.
 */
export type FieldsV1 = { [element: string]: FieldsV1 };

/** A path with nothing below it; one object for all, which nobody changes. */
export const alone: FieldsV1 = Object.freeze({});

/** Cheaper than counting keys. */
export function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
const isMember = (node: FieldsV1): boolean => node['.'] !== undefined || isEmpty(node);

/** `set` less the paths of `cut`; undefined when nothing is left. The root itself never belongs. */
export function subtract(set: FieldsV1, cut: FieldsV1, root = true): FieldsV1 | undefined {
  const member = !root && isMember(set);
  const stays = member && !isMember(cut);
  let changed = member !== stays;
  const children: [string, FieldsV1][] = [];
  for (const element in set) {
    if (element === '.') continue;
    const child = set[element] as FieldsV1;
    const away = cut[element];
    const left = away === undefined ? child : subtract(child, away, false);
    if (left !== child) changed = true;
    if (left !== undefined) children.push([element, left]);
  }
  if (!changed) return set;
  if (children.length === 0) return stays ? alone : undefined;
  return nodeOf(stays, children);
}

/** All paths of both. */
export function unite(set: FieldsV1, more: FieldsV1, root = true): FieldsV1 {
  if (set === more) return set;
  const member = !root && isMember(set);
  const becomes = member || (!root && isMember(more));
  let changed = member !== becomes;
  const children = new Map<string, FieldsV1>();
  for (const element in set) if (element !== '.') children.set(element, set[element] as FieldsV1);
  for (const element in more) {
    if (element === '.') continue;
    const added = more[element] as FieldsV1;
    const known = children.get(element);
    const united = known === undefined ? added : unite(known, added, false);
    if (united === known) continue;
    children.set(element, united);
    changed = true;
  }
  if (!changed) return set;
  if (children.size === 0) return alone;
  return nodeOf(
    becomes,
    [...children].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function nodeOf(member: boolean, children: readonly [string, FieldsV1][]): FieldsV1 {
  const node: FieldsV1 = member ? { '.': alone } : {};
  for (const [element, child] of children) node[element] = child;
  return node;
}
