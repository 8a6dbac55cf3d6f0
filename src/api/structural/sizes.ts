import type { CelSize } from '../cel/cost.ts';
import { escapeFieldName } from '../cel/field-names.ts';
import { additionalOf, isIntOrString, itemsOf, propertyOf, type StructuralSchema } from './schema.ts';

/** The most bytes that a request may have; what is declared without a bound is bounded by it (upstream: maxRequestSizeBytes). */
const requestBytes = 3 * 1024 * 1024;

/** The fewest bytes that texts of these formats take in JSON. */
const leastTexts: Record<string, number> = { duration: 3, date: 12, 'date-time': 21 };

/** The fewest bytes that a value takes in JSON. */
function leastBytes(schema: StructuralSchema | undefined): number {
  if (schema?.type === 'integer' || schema?.type === 'number' || (schema !== undefined && isIntOrString(schema))) return 1;
  if (schema?.type === 'boolean') return 4;
  if (schema?.type === 'string') return leastTexts[schema.format ?? ''] ?? 2;
  if (schema?.type !== 'object') return 2;
  const needed = (schema.required ?? []).filter((name) => propertyOf(schema, name)?.default === undefined);
  return 2 + needed.reduce((sum, name) => sum + name.length + 4 + leastBytes(propertyOf(schema, name)), 0);
}

/** The most items or entries that a value may have. */
function mostElements(schema: StructuralSchema): number {
  if (schema.type === 'array') return schema.maxItems ?? Math.floor((requestBytes - 2) / (leastBytes(itemsOf(schema)) + 1));
  const additional = additionalOf(schema);
  if (additional === undefined) return 1;
  return schema.maxProperties ?? Math.floor((requestBytes - 2) / (leastBytes(additional) + 6));
}

/** By how much a list or map multiplies what is in it, as its schema says; undefined where it has no bound, 1 for other values. */
export function declaredBound(schema: StructuralSchema): number | undefined {
  if (schema.type === 'array') return schema.maxItems;
  return additionalOf(schema) === undefined ? 1 : schema.maxProperties;
}

/** How many such values fit into one request. */
export const mostPerRequest = (schema: StructuralSchema): number => Math.floor(requestBytes / (leastBytes(schema) + 1));

/** The longest that texts of these formats are as JSON. */
const formatted: Record<string, number> = { duration: 32, date: 12, 'date-time': 21, datetime: 21 };

/** Upstream reckons in bytes, of which a character may take four. */
function mostBytes(schema: StructuralSchema): number {
  const { format = '', maxLength, enum: values } = schema;
  if (format in formatted) return formatted[format] ?? 0;
  if (maxLength !== undefined) return format === 'byte' ? maxLength : maxLength * 4;
  if (values !== undefined) return Math.max(0, ...values.map((value) => Buffer.byteLength(String(value))));
  return requestBytes - 2;
}

/** How large values of a schema may be, for estimates of what rules about them cost. */
export function sizeOf(schema: StructuralSchema): CelSize {
  const sized = (one: StructuralSchema | undefined): CelSize | undefined => (one === undefined ? undefined : sizeOf(one));
  const element = itemsOf(schema) ?? additionalOf(schema);
  return {
    size: ownSize(schema),
    field: (name) => sized(escapedProperty(schema, name)),
    element: () => sized(element),
  };
}

function ownSize(schema: StructuralSchema): number {
  if (isIntOrString(schema)) return requestBytes - 2;
  if (schema.type === 'string') return mostBytes(schema);
  return schema.type === 'array' || additionalOf(schema) !== undefined ? mostElements(schema) : 0;
}

/** The property that an expression names, which it may have to escape. */
function escapedProperty(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const plain = propertyOf(schema, name);
  if (plain !== undefined || !name.includes('__')) return plain;
  return Object.entries(schema.properties ?? {}).find(([property]) => escapeFieldName(property) === name)?.[1];
}
