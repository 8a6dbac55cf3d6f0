import { additionalOf, isEmbedded, isObject, isTypeField, itemsOf, preservesUnknown, propertyOf, type StructuralSchema } from './schema.ts';

/**
 * Takes out of `value` (in place) what the schema does not foresee and returns the paths of it, such as `spec.replica` or
 * `spec.ports[0].nam` (upstream: structural-schema pruning). `resource`: the value is a whole object.
 */
export function prune(value: unknown, schema: StructuralSchema, resource: boolean): string[] {
  const pruned: string[] = [];
  pruneAt(value, schema, resource, '', pruned);
  return pruned;
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function pruneAt(value: unknown, schema: StructuralSchema | undefined, resource: boolean, path: string, pruned: string[]): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    const keep = schema !== undefined && items === undefined && preservesUnknown(schema);
    if (!keep) for (const [index, item] of value.entries()) pruneAt(item, items, false, `${path}[${index}]`, pruned);
    return;
  }
  if (!isObject(value)) return;
  const keep = schema !== undefined && preservesUnknown(schema);
  const additional = additionalOf(schema);
  const whole = resource || (schema !== undefined && isEmbedded(schema));
  for (const name of Object.keys(value)) {
    if (whole && isTypeField(name)) continue;
    const property = propertyOf(schema, name) ?? additional;
    if (property !== undefined) pruneAt(value[name], property, false, below(path, name), pruned);
    else if (!keep) {
      pruned.push(below(path, name));
      delete value[name];
    }
  }
}
