import { type CelSize, celSize } from '../cel/cost.ts';
import { additionalOf, isObject, itemsOf, propertyOf, type StructuralSchema } from './schema.ts';

/** The most bytes that a request may have; what is declared without a bound is bounded by it (upstream: maxRequestSizeBytes). */
const requestBytes = 3 * 1024 * 1024;

/** The fewest bytes that a value takes in JSON. */
function leastBytes(schema: StructuralSchema | undefined): number {
  if (schema?.type === 'integer' || schema?.type === 'number') return 1;
  if (schema?.type === 'boolean') return 4;
  if (schema?.type !== 'object') return 2;
  const needed = (schema.required ?? []).filter((name) => propertyOf(schema, name)?.default === undefined);
  return 2 + needed.reduce((sum, name) => sum + name.length + 3 + leastBytes(propertyOf(schema, name)), 0);
}

/** The most items or entries that a value may have. */
export function mostElements(schema: StructuralSchema): number {
  if (schema.type === 'array') return schema.maxItems ?? Math.floor((requestBytes - 2) / (leastBytes(itemsOf(schema)) + 1));
  const additional = additionalOf(schema);
  if (additional === undefined) return 1;
  return schema.maxProperties ?? Math.floor((requestBytes - 2) / (leastBytes(additional) + 5));
}

function mostCharacters(schema: StructuralSchema): number {
  if (schema.enum !== undefined) return Math.max(...schema.enum.map((value) => String(value).length));
  if (schema.maxLength !== undefined) return schema.maxLength;
  const fixed: Record<string, number> = { duration: requestBytes - 2, date: 10, 'date-time': 30, datetime: 30 };
  return fixed[schema.format ?? ''] ?? requestBytes - 2;
}

/** How large values of a schema may be, for estimates of what rules about them cost. */
export function sizeOf(schema: StructuralSchema | undefined): CelSize {
  if (schema === undefined) return celSize(1);
  if (schema.type === 'string' || schema['x-kubernetes-int-or-string'] === true) return celSize(mostCharacters(schema));
  const element = itemsOf(schema) ?? additionalOf(schema);
  if (element !== undefined && isObject(element))
    return { size: mostElements(schema), field: () => sizeOf(element), element: () => sizeOf(element) };
  return { size: 1, field: (name) => sizeOf(propertyOf(schema, name)), element: () => celSize(1) };
}
