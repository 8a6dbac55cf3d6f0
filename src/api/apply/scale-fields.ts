import type { ManagedFieldsEntry } from '../types/meta-v1.ts';
import { difference, emptySet, type FieldSet, fromFieldsV1, isEmptySet, toFieldsV1 } from './field-set.ts';
import { byOrder } from './managed-fields.ts';

/**
 * Between the managed fields of an object and those of its Scale (upstream: managedfields.ScaleHandler): of all that the
 * object's managers own, a Scale shows who owns the number of replicas, and gives back who does after a change.
 */
const scaleVersion = 'autoscaling/v1';
const inScale: readonly string[] = ['f:spec', 'f:replicas'];

/** The entries of those who own the replicas of the object, as entries of its Scale. `path` leads to the replicas: `f:spec`, `f:replicas`. */
export function scaleEntries(entries: readonly ManagedFieldsEntry[], path: readonly string[]): ManagedFieldsEntry[] {
  return entries
    .filter(({ fieldsV1 }) => has(fromFieldsV1(fieldsV1), path))
    .map((entry) => ({ ...entry, apiVersion: scaleVersion, fieldsV1: toFieldsV1(setOfPath(inScale)) }));
}

/**
 * The object's entries after a change of its Scale: who lost the replicas there loses them here, who won them gets an entry
 * of its own, which as upstream carries no time.
 */
export function parentEntries(
  parent: readonly ManagedFieldsEntry[],
  scale: readonly ManagedFieldsEntry[],
  path: readonly string[],
  apiVersion: string,
): ManagedFieldsEntry[] {
  const owners = new Map(scale.filter(({ fieldsV1 }) => has(fromFieldsV1(fieldsV1), inScale)).map((entry) => [identity(entry), entry]));
  const kept = parent.flatMap((entry) => {
    const set = fromFieldsV1(entry.fieldsV1);
    if (!has(set, path) || owners.delete(identity(entry))) return [entry];
    const left = difference(set, setOfPath(path));
    return isEmptySet(left) ? [] : [{ ...entry, fieldsV1: toFieldsV1(left) }];
  });
  const added = [...owners.values()].map(({ time: _, ...entry }) => ({ ...entry, apiVersion, fieldsV1: toFieldsV1(setOfPath(path)) }));
  return [...kept, ...added].sort(byOrder);
}

const identity = ({ manager = '', operation = '', subresource = '' }: ManagedFieldsEntry): string =>
  JSON.stringify([manager, operation, subresource]);

const has = (set: FieldSet, path: readonly string[]): boolean =>
  path.reduce<FieldSet | undefined>((at, element) => at?.children.get(element), set)?.member === true;

function setOfPath(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((inner, element) => ({ member: false, children: new Map([[element, inner]]) }), {
    ...emptySet(),
    member: true,
  });
}
