import { copyJson, setOwn } from '../decode-state.ts';
import { additionalOf, isObject, itemsOf, propertyOf, type StructuralSchema, someSchema } from './schema.ts';

export const hasDefaults = (schema: StructuralSchema): boolean => someSchema(schema, (one) => one.default !== undefined);

const refusesNull = (schema: StructuralSchema | undefined): schema is StructuralSchema => schema !== undefined && schema.nullable !== true;

/**
 * Fills the schema's defaults into `value` in place: for what is absent, and for nulls where null is not allowed; nulls that
 * are not allowed and have no default go (upstream: structural-schema defaulting).
 */
export function applySchemaDefaults(value: unknown, schema: StructuralSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      if (item === null && refusesNull(items) && items.default !== undefined) value[index] = copyJson(items.default);
      applySchemaDefaults(value[index], items);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    const absent = !Object.hasOwn(value, name);
    if (absent || (value[name] === null && refusesNull(property))) setOwn(value, name, copyJson(property.default));
  }
  const additional = additionalOf(schema);
  for (const name of Object.keys(value)) {
    const property = propertyOf(schema, name) ?? additional;
    if (value[name] === null && refusesNull(property)) {
      if (property.default === undefined) {
        delete value[name];
        continue;
      }
      setOwn(value, name, copyJson(property.default));
    }
    applySchemaDefaults(value[name], property);
  }
}

/** Whether {@link applySchemaDefaults} would change the value; lets reads share the stored object where it is complete. */
export function lacksDefaults(value: unknown, schema: StructuralSchema | undefined): boolean {
  if (schema === undefined) return false;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return value.some((item) => (item === null && items?.default !== undefined && refusesNull(items)) || lacksDefaults(item, items));
  }
  if (!isObject(value)) return false;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(value, name)) return true;
  }
  const additional = additionalOf(schema);
  return Object.entries(value).some(([name, inner]) => {
    const property = propertyOf(schema, name) ?? additional;
    return (inner === null && refusesNull(property)) || lacksDefaults(inner, property);
  });
}
