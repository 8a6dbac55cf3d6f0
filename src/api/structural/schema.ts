/** Structural schemas: the JSON schemas of custom resources, restricted so that objects can be pruned and defaulted by them. */
import type { JSONSchemaProps } from '../types/apiextensions-v1.ts';

export type StructuralSchema = JSONSchemaProps;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema of list items. */
export const itemsOf = (schema: StructuralSchema | undefined): StructuralSchema | undefined =>
  isObject(schema?.items) ? (schema.items as StructuralSchema) : undefined;

/** The schema of a map's values: an empty one for `additionalProperties: true`, undefined where other names are not foreseen. */
export function additionalOf(schema: StructuralSchema | undefined): StructuralSchema | undefined {
  const additional = schema?.additionalProperties;
  if (additional === true) return {};
  return isObject(additional) ? (additional as StructuralSchema) : undefined;
}

export function propertyOf(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  const properties = schema?.properties;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of a field, be it a named property or a map's value. */
export const fieldSchema = (schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined =>
  propertyOf(schema, name) ?? additionalOf(schema);

export const preservesUnknown = (schema: StructuralSchema): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true;
export const isEmbedded = (schema: StructuralSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;
export const isIntOrString = (schema: StructuralSchema): boolean => schema['x-kubernetes-int-or-string'] === true;

/** Fields that every resource has, embedded ones included, whether its schema names them or not. */
export const isTypeField = (name: string): boolean => name === 'apiVersion' || name === 'kind' || name === 'metadata';

/** Whether the test holds for the schema or any below it, value validations aside. */
export function someSchema(schema: StructuralSchema, test: (schema: StructuralSchema) => boolean): boolean {
  if (test(schema)) return true;
  const below = [itemsOf(schema), additionalOf(schema), ...Object.values(schema.properties ?? {})];
  return below.some((inner) => inner !== undefined && someSchema(inner, test));
}
