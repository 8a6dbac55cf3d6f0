import type { Kind } from '../kind.ts';
import { apiVersionOf, type KubeObject } from '../object.ts';
import type { ManagedFieldsEntry } from '../types/meta-v1.ts';
import { type FieldsV1, subtract, unite } from './fields-v1.ts';
import { byOrder, entryFor, type Manager } from './managed-fields.ts';
import { changesBetween, ownedFields } from './owned.ts';
import { structureOf } from './structure.ts';

/** Through the object itself nobody sets the status of kinds that have it as a subresource. */
const elsewhere = (kind: Kind, subresource: string): string | undefined =>
  subresource === '' && kind.subresources.includes('status') ? 'status' : undefined;

/**
 * Keeps the record for a change that was no apply. An object without a record, from before there was one or because a
 * client took it away, stays without. `next` is the caller's own object, otherwise ready to be written.
 */
export function recordUpdate(kind: Kind, live: KubeObject, next: KubeObject, manager: Manager): void {
  const given = next.metadata.managedFields;
  if (given?.length === 1 && Object.keys(given[0] ?? {}).length === 0) {
    delete next.metadata.managedFields;
    return;
  }
  const entries = given === undefined || given.length === 0 ? live.metadata.managedFields : given;
  if (entries === undefined || entries.length === 0) return;
  next.metadata.managedFields = entries;
  const { set, removed } = changesBetween(structureOf(kind), live, next, elsewhere(kind, manager.subresource));
  if (set === undefined && removed === undefined) return;
  const apiVersion = apiVersionOf(kind);
  const isMine = (entry: ManagedFieldsEntry): boolean =>
    entry.operation === 'Update' &&
    entry.manager === manager.name &&
    (entry.subresource ?? '') === manager.subresource &&
    entry.apiVersion === apiVersion;
  const mine = entries.find(isMine);
  const left = entries.flatMap((entry) => {
    const fields = (entry.fieldsV1 ?? {}) as FieldsV1;
    const taken = set === undefined || entry === mine ? fields : subtract(fields, set);
    const kept = taken === undefined || removed === undefined ? taken : subtract(taken, removed);
    if (kept === undefined) return [];
    return entry === mine && set !== undefined ? [] : [kept === fields ? entry : { ...entry, fieldsV1: kept }];
  });
  if (set !== undefined) {
    const before = (mine?.fieldsV1 ?? {}) as FieldsV1;
    const kept = (removed === undefined ? before : subtract(before, removed)) ?? {};
    left.push({ ...entryFor(kind, manager, 'Update'), fieldsType: 'FieldsV1', fieldsV1: unite(kept, set) });
  }
  if (left.length === 0) delete next.metadata.managedFields;
  else next.metadata.managedFields = capped(left.sort(byOrder));
}

/** Upstream's limit on those who updated; the oldest beyond it become one (capManagersManager). */
const mostUpdaters = 10;
const ancient = 'ancient-changes';

function capped(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updaters = entries.filter(({ operation }) => operation === 'Update');
  if (updaters.length <= mostUpdaters) return entries;
  const old = updaters.slice(0, updaters.length - mostUpdaters + 1);
  const merged = Object.values(Object.groupBy(old, ({ apiVersion }) => apiVersion ?? '')).flatMap((same = []) => {
    const [first] = same;
    if (first === undefined) return [];
    const fieldsV1 = same.reduce<FieldsV1>((all, entry) => unite(all, (entry.fieldsV1 ?? {}) as FieldsV1), {});
    const { subresource: _, ...rest } = first;
    return [{ ...rest, manager: ancient, fieldsV1 }];
  });
  return [...entries.filter((entry) => !old.includes(entry)), ...merged].sort(byOrder);
}

/** Starts the record of a new object: all that it has is its maker's. Changes `object`. */
export function recordCreate(kind: Kind, object: KubeObject, manager: Manager): void {
  const fieldsV1 = ownedFields(structureOf(kind), object, elsewhere(kind, manager.subresource));
  if (Object.keys(fieldsV1).length === 0) return;
  object.metadata.managedFields = [{ ...entryFor(kind, manager, 'Update'), fieldsType: 'FieldsV1', fieldsV1 }];
}
