import { semanticEqual } from '../deep-equal.ts';
import type { Kind } from '../kind.ts';
import { apiVersionOf, type KubeObject } from '../object.ts';
import { ApiError } from '../status.ts';
import type { ManagedFieldsEntry, ObjectMeta, StatusCause } from '../types/meta-v1.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  paths,
  pathText,
  sameSet,
  toFieldsV1,
  union,
} from './field-set.ts';
import { takeable } from './last-applied.ts';
import { ownedThrough } from './reset-fields.ts';
import { structureOf } from './structure.ts';
import { compare, merged, setOf, without } from './typed.ts';

/** Who changes an object, and through what. */
export interface Manager {
  name: string;
  subresource: string;
  /** RFC 3339, for entries that change. */
  now: string;
}

interface Owner {
  entry: ManagedFieldsEntry;
  set: FieldSet;
}

/** Fields that nobody owns: the server sets them, or they say what the object is (upstream: stripMeta). */
const unowned = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
    'f:deletionTimestamp': {},
    'f:deletionGracePeriodSeconds': {},
  },
});

const ownable = (set: FieldSet): FieldSet => {
  const result = difference(set, unowned);
  result.member = false;
  result.children.get('f:metadata')?.children.delete('f:managedFields');
  return result;
};

const ownersOf = (metadata: ObjectMeta): Owner[] =>
  (metadata.managedFields ?? []).map((entry) => ({ entry, set: fromFieldsV1(entry.fieldsV1) }));

const isApplier = ({ entry }: Owner, { name, subresource }: Manager): boolean =>
  entry.operation === 'Apply' && entry.manager === name && (entry.subresource ?? '') === subresource;

/** Appliers by name, then updaters by time and name, as upstream sorts them. */
function toEntries(owners: readonly Owner[]): ManagedFieldsEntry[] {
  return owners
    .filter(({ set }) => !isEmptySet(set))
    .map(({ entry, set }) => ({ ...entry, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(set) }))
    .sort(byOrder);
}

const order = (a = '', b = ''): number => (a === b ? 0 : a < b ? -1 : 1);
/** Appliers, then updaters by time and name, as upstream sorts them. */
export const byOrder = (a: ManagedFieldsEntry, b: ManagedFieldsEntry): number =>
  order(a.operation, b.operation) || order(a.time, b.time) || order(a.manager, b.manager) || order(a.subresource, b.subresource);

export const entryFor = (kind: Kind, manager: Manager, operation: 'Apply' | 'Update'): ManagedFieldsEntry => ({
  manager: manager.name,
  operation,
  apiVersion: apiVersionOf(kind),
  time: manager.now,
  ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
});

/**
 * Server-side apply: `config` laid over `live`, less what the manager applied before and no longer does and nobody else
 * owns. Throws 409 where a change would take a field from another manager, unless forced. Gives a new object with its
 * managed fields; the very `live` when nothing changes.
 */
export function applyConfig<T extends KubeObject>(kind: Kind, live: T, config: KubeObject, manager: Manager, force: boolean): T {
  const structure = structureOf(kind);
  const applied = ownedThrough(kind, manager.subresource, ownable(setOf(structure, config)));
  const owners = ownersOf(live.metadata);
  if (owners.length === 0 && live.metadata.uid !== undefined) owners.push(beforeFirstApply(kind, live, manager.now));
  const mine = owners.find((owner) => isApplier(owner, manager));
  const others = owners.filter((owner) => owner !== mine);
  const laid = merged(structure, bare(live), bare(config));
  const dropped = mine === undefined ? emptySet() : abandoned(difference(mine.set, applied), applied, others);
  const next = without(structure, laid, dropped) as T;
  const { changed, removed } = compare(structure, bare(live), next);
  const taken = ownable(changed);
  const conflicts = others.map((owner) => ({ owner, set: intersection(owner.set, taken) })).filter(({ set }) => !isEmptySet(set));
  if (conflicts.length > 0 && !force) refuse(conflicts, takeable(kind, live, manager.name));
  const same = isEmptySet(taken) && isEmptySet(ownable(removed));
  if (same && mine !== undefined && sameSet(mine.set, applied)) return live;
  const left = others.map(({ entry, set }) => ({ entry, set: difference(difference(set, taken), removed) }));
  const { time: _, ...entry } = entryFor(kind, manager, 'Apply');
  // When is only of applies that changed something besides who owns it.
  const time = same ? mine?.entry.time : manager.now;
  const own: Owner = { entry: time === undefined ? entry : { ...entry, time }, set: applied };
  return withEntries(next, live, toEntries([...left, own]));
}

/** The object without its managed fields, which are no part of what is owned. */
function bare<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withEntries<T extends KubeObject>(next: T, live: T, entries: ManagedFieldsEntry[]): T {
  const { managedFields: _, ...metadata } = next.metadata ?? {};
  const { name, namespace } = live.metadata;
  return {
    ...next,
    metadata: {
      ...metadata,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(entries.length === 0 ? {} : { managedFields: entries }),
    },
  };
}

/** An object from before anyone applied: all it has belongs to one made-up manager (upstream: skipNonAppliedManager). */
function beforeFirstApply(kind: Kind, live: KubeObject, now: string): Owner {
  const set = ownable(setOf(structureOf(kind), bare(live)));
  // The status is its controllers' through a path of its own.
  set.children.delete('f:status');
  return { entry: entryFor(kind, { name: 'before-first-apply', subresource: '', now }, 'Update'), set };
}

/**
 * Of the paths that a manager gives up, those that really go: nobody else owns them or anything below. A list item is
 * removed whole, with the defaults inside it that nobody owns.
 */
function abandoned(given: FieldSet, applied: FieldSet, others: readonly Owner[]): FieldSet {
  const owned = others.reduce((all, { set }) => union(all, set), applied);
  return unownedOf(given, owned);
}

function unownedOf(given: FieldSet, owned: FieldSet | undefined): FieldSet {
  const result = emptySet();
  const free = owned === undefined || isEmptySet(owned);
  result.member = given.member && free;
  if (result.member) return result;
  for (const [element, child] of given.children) {
    const inner = unownedOf(child, owned?.children.get(element));
    if (!isEmptySet(inner)) result.children.set(element, inner);
  }
  return result;
}

/** Equal in all that is not the record of who owns what. */
export const sameButManagers = (a: KubeObject, b: KubeObject): boolean => semanticEqual(bare(a), bare(b));

/** Throws 409 for the conflicts about fields other than `allowed`. */
function refuse(conflicts: readonly { owner: Owner; set: FieldSet }[], allowed: FieldSet): void {
  const left = conflicts.map(({ owner, set }) => ({ owner, set: difference(set, allowed) })).filter(({ set }) => !isEmptySet(set));
  if (left.length > 0) throw conflictError(left);
}

function conflictError(conflicts: readonly { owner: Owner; set: FieldSet }[]): ApiError {
  const all = conflicts.flatMap(({ owner, set }) =>
    [...paths(set)].map((path) => ({ who: managerText(owner.entry), path: pathText(path) })),
  );
  const causes: StatusCause[] = all.map(({ who, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field: path,
  }));
  return new ApiError('Conflict', conflictText(all), { causes });
}

function conflictText(all: readonly { who: string; path: string }[]): string {
  const [only, second] = all;
  if (only !== undefined && second === undefined) return `Apply failed with 1 conflict: conflict with ${only.who}: ${only.path}`;
  const byManager = Map.groupBy(all, ({ who }) => who);
  const lines = [...byManager.keys()]
    .sort()
    .flatMap((who) => [`conflicts with ${who}:`, ...(byManager.get(who) ?? []).map(({ path }) => `- ${path}`)]);
  return `Apply failed with ${all.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ manager = '', subresource, operation, apiVersion = '' }: ManagedFieldsEntry): string {
  const who = `${JSON.stringify(manager)}${subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}
