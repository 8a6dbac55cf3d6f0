import { duplicate, type FieldError, invalid } from '../validation/field-error.ts';
import { keyOf } from './correlate.ts';
import { fieldSchema, isObject, itemsOf, type StructuralSchema } from './schema.ts';

/** Items of lists that are sets or maps must differ (upstream: listtype.ValidateListSetsAndMaps). */
export function* uniqueItems(value: unknown, schema: StructuralSchema | undefined, path = ''): Iterable<FieldError> {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    yield* ownItems(value, schema, path);
    const items = itemsOf(schema);
    for (const [index, item] of value.entries()) yield* uniqueItems(item, items, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    yield* uniqueItems(inner, fieldSchema(schema, name), path === '' ? name : `${path}.${name}`);
  }
}

function* ownItems(value: unknown[], schema: StructuralSchema, path: string): Iterable<FieldError> {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = itemsOf(schema);
  const scalar = type === 'map' ? value.findIndex((item) => item !== null && !isObject(item)) : -1;
  if (scalar >= 0) {
    yield invalid(`${path}[${scalar}]`, value[scalar], 'must be an object for an array of list-type map');
    return;
  }
  const seen = new Set<string>();
  const reported = new Set<string>();
  for (const [index, item] of value.entries()) {
    const key = type === 'set' ? JSON.stringify(item) : keyOf(item, keys, items);
    if (seen.has(key) && !reported.has(key)) {
      reported.add(key);
      const object = isObject(item) ? item : {};
      yield duplicate(
        `${path}[${index}]`,
        type === 'set' ? item : Object.fromEntries(keys.filter((name) => name in object).map((name) => [name, object[name]])),
      );
    }
    seen.add(key);
  }
}
