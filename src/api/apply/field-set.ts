/**
 * Sets of field paths, as managed fields record them (structured-merge-diff's fieldpath.Set). Path elements are kept in
 * the form of FieldsV1: `f:name` a field, `k:{"name":"web"}` an item of a list that is a map, `v:"x"` an item of a set.
 */
export interface FieldSet {
  /** Whether the path itself belongs to the set, not only paths below it. */
  member: boolean;
  children: Map<string, FieldSet>;
}

export const emptySet = (): FieldSet => ({ member: false, children: new Map() });

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** The set below `element`, made when it is not there. */
export function childOf(set: FieldSet, element: string): FieldSet {
  let child = set.children.get(element);
  if (child === undefined) {
    child = emptySet();
    set.children.set(element, child);
  }
  return child;
}

/** Takes out branches without members. */
function pruned(set: FieldSet): FieldSet {
  for (const [element, child] of set.children) if (isEmptySet(pruned(child))) set.children.delete(element);
  return set;
}

function combine(a: FieldSet | undefined, b: FieldSet | undefined, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const result: FieldSet = { member: keep(a?.member === true, b?.member === true), children: new Map() };
  const elements = new Set([...(a?.children.keys() ?? []), ...(b?.children.keys() ?? [])]);
  for (const element of elements) {
    const child = combine(a?.children.get(element), b?.children.get(element), keep);
    if (!isEmptySet(child)) result.children.set(element, child);
  }
  return result;
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA || inB);
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && inB);
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && !inB);

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(difference(a, b)) && isEmptySet(difference(b, a));
}

/** Every member's path, parents before what is below them. */
export function* paths(set: FieldSet, at: readonly string[] = []): Generator<readonly string[]> {
  if (set.member) yield at;
  for (const [element, child] of set.children) yield* paths(child, [...at, element]);
}

/** `.spec.containers[name="web"].image`, as conflict messages show it. */
export function pathText(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      if (!element.startsWith('k:')) return `[${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** As `managedFields[].fieldsV1`: keys sorted, `.` for a path that is a member beside those below it. */
export function toFieldsV1(set: FieldSet): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  if (set.member && set.children.size > 0) object['.'] = {};
  for (const element of [...set.children.keys()].sort()) {
    const child = set.children.get(element);
    if (child !== undefined) object[element] = toFieldsV1(child);
  }
  return object;
}

export function fromFieldsV1(value: unknown, root = true): FieldSet {
  const set = emptySet();
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  set.member = !root && entries.length === 0;
  for (const [element, inner] of entries) {
    if (element === '.') set.member = true;
    else set.children.set(element, fromFieldsV1(inner, false));
  }
  return pruned(set);
}
