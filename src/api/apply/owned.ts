import { semanticEqual } from '../deep-equal.ts';
import { alone, type FieldsV1, isEmpty } from './fields-v1.ts';
import { isObject, itemElement, type Structure } from './structure.ts';

/** Metadata that the server sets or that says what the object is: nobody owns it (upstream: stripMeta). */
const unowned = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]);

/**
 * Fields that Go holds by value, and so are there in the empty object: setting something in them does not add them
 * themselves. Those held by pointer, as well as maps and most lists, are added, and show that with a `.` of their own.
 */
const byValue = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'strategy',
  'updateStrategy',
  'resources',
  'jobTemplate',
  'containers',
  'subsets',
  'names',
  'versions',
  'nodeInfo',
  'daemonEndpoints',
  'loadBalancer',
  'podSelector',
  'source',
  'regarding',
  'deprecatedSource',
  'devices',
]);

/** Whether a field is there before anyone sets something in it. All resources have metadata. */
const isHeld = (structure: Structure, name: string, resource = false): boolean =>
  structure.kind === 'fields' && structure.plain === true ? resource && name === 'metadata' : byValue.has(name);

/** Fields that the empty object has too: what holds nothing there is set by nobody (see defaults/always-written.ts). */
const unset = (structure: Structure, name: string, value: unknown): boolean =>
  value === undefined ||
  (structure.kind === 'fields' && structure.plain !== true && value === null) ||
  (value === '' && name.startsWith('reporting')) ||
  (isHeld(structure, name) && isObject(value) && isEmpty(value));

/** What a field holds. In Go's structs null is nothing. */
const heldAt = (structure: Structure, values: object, name: string): unknown => {
  const value = (values as Values)[name];
  return value === null && structure.kind === 'fields' && structure.plain !== true ? undefined : value;
};

type Fields = Structure & { kind: 'fields' };
type Values = Record<string, unknown>;

/** The parts of an object that can be owned: all but its type, and `without`, which is set through another path. */
function* ownable(structure: Structure, object: object, without: string | undefined): Generator<[string, Structure, unknown]> {
  if (structure.kind !== 'fields') return;
  for (const name of Object.keys(object).sort()) {
    if (name !== 'apiVersion' && name !== 'kind' && name !== without) yield [name, structure.field(name), (object as Values)[name]];
  }
}

const ownMetadata = (metadata: Values): Values =>
  Object.fromEntries(Object.entries(metadata).filter(([name, value]) => value !== undefined && !unowned.has(name)));

/**
 * What a new object's maker owns: every field that it has. `without` names a top-level field that is set through another
 * path (`status`).
 */
export function ownedFields(structure: Structure, object: object, without: string | undefined): FieldsV1 {
  const out: FieldsV1 = {};
  for (const [name, inner, value] of ownable(structure, object, without)) {
    if (unset(structure, name, value)) continue;
    const given = name === 'metadata' ? ownMetadata(value as Values) : value;
    const owned = fieldsOf(inner, given, isHeld(structure, name, true));
    if (name !== 'metadata' || owned !== alone) out[`f:${name}`] = owned;
  }
  return out;
}

/** The paths below a value. `held` says that the value itself was there before. */
function fieldsOf(structure: Structure, value: unknown, held: boolean): FieldsV1 {
  if (typeof value !== 'object' || value === null || structure.kind === 'leaf') return alone;
  if (structure.kind === 'fields') return isObject(value) ? objectFields(structure, value, held) : alone;
  if (!Array.isArray(value) || value.length === 0) return alone;
  const out: FieldsV1 = held ? {} : { '.': alone };
  for (const item of value as unknown[]) {
    if (structure.kind === 'values') out[`v:${JSON.stringify(item)}`] = alone;
    else out[itemElement(structure.keys, item, structure.defaults)] = fieldsOf(structure.item, item, false);
  }
  return out;
}

function objectFields(structure: Fields, value: Values, held: boolean): FieldsV1 {
  const names = Object.keys(value);
  if (names.length === 0) return alone;
  if (names.length > 1) names.sort();
  const out: FieldsV1 = held ? {} : { '.': alone };
  for (const name of names) {
    const inner = value[name];
    if (held ? !unset(structure, name, inner) : inner !== undefined)
      out[`f:${name}`] = typeof inner === 'object' ? fieldsOf(structure.field(name), inner, isHeld(structure, name)) : alone;
  }
  return out;
}

/** What a change sets, new or to another value, and what it takes away. Undefined where there is no such path. */
export interface Changes {
  set: FieldsV1 | undefined;
  removed: FieldsV1 | undefined;
}

const none: Changes = { set: undefined, removed: undefined };

/** What differs between two states, of what can be owned. */
export function changesBetween(structure: Structure, before: object, after: object, without: string | undefined): Changes {
  const changes: Changes = { set: undefined, removed: undefined };
  for (const [name, inner] of ownable(structure, { ...before, ...after }, without)) {
    const was = (before as Values)[name];
    const is = heldAt(structure, after, name);
    if (was === is) continue;
    if (name === 'metadata') add(changes, 'f:metadata', metadataDifference(inner, (was ?? {}) as Values, (is ?? {}) as Values));
    else add(changes, `f:${name}`, difference(inner, was, is, isHeld(structure, name, true)));
  }
  return changes;
}

/** Metadata is always there: that none of it can be owned any more sets nothing. */
function metadataDifference(structure: Structure, before: Values, after: Values): Changes {
  const { set, removed } = difference(structure, ownMetadata(before), ownMetadata(after), true);
  return { set: set === alone ? undefined : set, removed };
}

/** Adds what a child says; nothing is made until there is something to say. */
function add(changes: Changes, element: string, { set, removed }: Changes): void {
  if (set !== undefined) {
    changes.set ??= {};
    changes.set[element] = set;
  }
  if (removed !== undefined) {
    changes.removed ??= {};
    changes.removed[element] = removed;
  }
}

function difference(structure: Structure, before: unknown, after: unknown, held: boolean): Changes {
  if (before === after) return none;
  if ((before ?? undefined) === (after ?? undefined)) return none;
  // Where null was, something was.
  if (before === undefined || before === null) return { set: fieldsOf(structure, after, held || before === null), removed: undefined };
  if (after === undefined) return { set: undefined, removed: fieldsOf(structure, before, held) };
  if (structure.kind === 'fields' && isObject(before) && isObject(after)) return objectDifference(structure, before, after);
  const lists = Array.isArray(before) && Array.isArray(after);
  if (lists && structure.kind === 'items') return itemsDifference(structure, before, after);
  if (lists && structure.kind === 'values') return valuesDifference(before, after);
  return semanticEqual(before, after) ? none : { set: alone, removed: undefined };
}

function objectDifference(structure: Fields, before: Values, after: Values): Changes {
  const changes: Changes = { set: undefined, removed: undefined };
  for (const name in after) {
    const [was, is] = [before[name], heldAt(structure, after, name)];
    if (was !== is) add(changes, `f:${name}`, difference(structure.field(name), was, is, isHeld(structure, name)));
  }
  for (const name in before) {
    if (after[name] === undefined && before[name] !== undefined && !Object.hasOwn(after, name)) {
      add(changes, `f:${name}`, difference(structure.field(name), before[name], undefined, isHeld(structure, name)));
    }
  }
  // What became empty, or was, is a value of its own.
  if (isEmpty(after) && !isEmpty(before)) changes.set = alone;
  return changes;
}

function itemsDifference(structure: Structure & { kind: 'items' }, before: unknown[], after: unknown[]): Changes {
  const changes: Changes = { set: undefined, removed: undefined };
  const { keys, item, defaults } = structure;
  const sameOrder =
    before.length === after.length && before.every((one, i) => keys.every((key) => (one as Values)?.[key] === (after[i] as Values)?.[key]));
  if (sameOrder) {
    for (const [i, is] of after.entries()) {
      const found = difference(item, before[i], is, false);
      if (found.set !== undefined || found.removed !== undefined) add(changes, itemElement(keys, is, defaults), found);
    }
    return changes;
  }
  const old = new Map(before.map((one) => [itemElement(keys, one, defaults), one]));
  for (const is of after) {
    const element = itemElement(keys, is, defaults);
    add(changes, element, difference(item, old.get(element), is, false));
    old.delete(element);
  }
  for (const [element, was] of old) add(changes, element, difference(item, was, undefined, false));
  return changes;
}

function valuesDifference(before: unknown[], after: unknown[]): Changes {
  const changes: Changes = { set: undefined, removed: undefined };
  const [old, now] = [before, after].map((list) => new Set(list.map((one) => `v:${JSON.stringify(one)}`)));
  for (const element of now ?? []) if (old?.has(element) !== true) add(changes, element, { set: alone, removed: undefined });
  for (const element of old ?? []) if (now?.has(element) !== true) add(changes, element, { set: undefined, removed: alone });
  return changes;
}
