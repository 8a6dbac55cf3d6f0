import { isDeepStrictEqual } from 'node:util';
import { isObject, itemsOf, type StructuralSchema } from './schema.ts';

/** Which part of the old object a part of the new one goes with, for ratcheting and transition rules. */
export interface Correlation {
  /** Undefined where there is nothing to compare with. */
  readonly old: unknown;
}

export const uncorrelated: Correlation = { old: undefined };

/** Whether the value is what it was. */
export const unchanged = (value: unknown, { old }: Correlation): boolean => old !== undefined && isDeepStrictEqual(value, old);

export const fieldCorrelation = ({ old }: Correlation, name: string): Correlation =>
  isObject(old) && Object.hasOwn(old, name) ? { old: old[name] } : uncorrelated;

/** Items of lists that are maps correlate by their keys; those of other lists do not. */
export function itemCorrelation({ old }: Correlation, schema: StructuralSchema, item: unknown): Correlation {
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map') return uncorrelated;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const wanted = keyOf(item, keys, itemsOf(schema));
  const found = old.find((candidate) => keyOf(candidate, keys, itemsOf(schema)) === wanted);
  return found === undefined ? uncorrelated : { old: found };
}

/** A list item's keys as text, with the keys' defaults. */
export function keyOf(item: unknown, keys: readonly string[], items: StructuralSchema | undefined): string {
  const object = isObject(item) ? item : {};
  return JSON.stringify(keys.map((key) => object[key] ?? items?.properties?.[key]?.default ?? null));
}
