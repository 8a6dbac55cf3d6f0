import { semanticEqual } from '../deep-equal.ts';
import { childOf, emptySet, type FieldSet } from './field-set.ts';
import { isObject, partsOf, type Structure } from './structure.ts';

/** The paths that a configuration sets: every leaf, list items themselves, and objects and lists that are empty. */
export function setOf(structure: Structure, value: unknown, set: FieldSet = emptySet()): FieldSet {
  const parts = partsOf(structure, value);
  if (parts === undefined || parts.size === 0) {
    set.member = true;
    return set;
  }
  for (const [element, part] of parts) {
    const child = childOf(set, element);
    if (element.startsWith('k:')) child.member = true;
    setOf(part.structure, part.value, child);
  }
  return set;
}

/** `applied` laid over `live`: leaves replace, objects and lists merge by their parts. New items go to the end, the applied order wins. */
export function merged(structure: Structure, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (structure.kind === 'fields' && isObject(live) && isObject(applied)) {
    const result: Record<string, unknown> = { ...live };
    for (const [name, value] of Object.entries(applied)) result[name] = merged(structure.field(name), live[name], value);
    return result;
  }
  if ((structure.kind === 'items' || structure.kind === 'values') && Array.isArray(live) && Array.isArray(applied)) {
    return mergedList(structure, live, applied);
  }
  return applied;
}

/** Applied items in their order; an item of the live list alone stays behind the one that it followed. */
function mergedList(structure: Structure, live: unknown[], applied: unknown[]): unknown[] {
  const before = partsOf(structure, live) ?? new Map<string, never>();
  const wanted = partsOf(structure, applied) ?? new Map<string, never>();
  const result: unknown[] = [];
  const rest = [...before.keys()];
  const takeOnlyLive = (): void => {
    while (rest[0] !== undefined && !wanted.has(rest[0])) result.push(before.get(rest.shift() ?? '')?.value);
  };
  for (const [element, part] of wanted) {
    takeOnlyLive();
    const at = rest.indexOf(element);
    if (at >= 0) rest.splice(at, 1);
    const inner: Structure = part.structure;
    result.push(merged(inner, before.get(element)?.value, part.value));
  }
  for (const element of rest) if (!wanted.has(element)) result.push(before.get(element)?.value);
  return result;
}

export interface Comparison {
  /** Paths that are new or have another value. */
  changed: FieldSet;
  removed: FieldSet;
}

/** What differs between two states of an object. */
export function compare(structure: Structure, before: unknown, after: unknown): Comparison {
  const result: Comparison = { changed: emptySet(), removed: emptySet() };
  compareInto(structure, before, after, result.changed, result.removed);
  return result;
}

function compareInto(structure: Structure, before: unknown, after: unknown, changed: FieldSet, removed: FieldSet): void {
  const old = before === undefined ? undefined : partsOf(structure, before);
  const next = after === undefined ? undefined : partsOf(structure, after);
  if (old === undefined && next === undefined) {
    if (after === undefined) removed.member = before !== undefined;
    else if (before === undefined || !semanticEqual(before, after)) changed.member = true;
    return;
  }
  if (before === undefined) changed.member = true;
  if (after === undefined) removed.member = true;
  for (const [element, part] of next ?? []) {
    const was = old?.get(element);
    compareInto(part.structure, was?.value, part.value, childOf(changed, element), childOf(removed, element));
  }
  for (const [element, part] of old ?? []) {
    if (next?.has(element) !== true)
      compareInto(part.structure, part.value, undefined, childOf(changed, element), childOf(removed, element));
  }
}

/** The value without the given paths; what has become empty by that goes too. Undefined when nothing is left. */
export function without(structure: Structure, value: unknown, paths: FieldSet): unknown {
  if (paths.member) return undefined;
  if (paths.children.size === 0) return value;
  const parts = partsOf(structure, value);
  if (parts === undefined) return value;
  const kept: [string, unknown][] = [];
  for (const [element, part] of parts) {
    const cut = paths.children.get(element);
    const left = cut === undefined ? part.value : without(part.structure, part.value, cut);
    if (left !== undefined) kept.push([element, left]);
  }
  if (kept.length === 0 && parts.size > 0) return undefined;
  if (Array.isArray(value)) return kept.map(([, item]) => item);
  return Object.fromEntries(kept.map(([element, item]) => [element.slice(2), item]));
}
