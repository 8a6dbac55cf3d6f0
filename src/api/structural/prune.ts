import { definitions } from '../schema.ts';
import { additionalOf, isEmbedded, isObject, isTypeField, itemsOf, preservesUnknown, propertyOf, type StructuralSchema } from './schema.ts';

/**
 * Takes out of `value` (in place) what the schema does not foresee and returns the paths of it, such as `spec.replica` or
 * `spec.ports[0].nam` (upstream: structural-schema pruning). The value is a whole resource.
 */
export function prune(value: unknown, schema: StructuralSchema): string[] {
  const pruned: string[] = [];
  pruneAt(value, schema, true, '', (path, holder, name) => {
    pruned.push(path);
    delete holder[name];
  });
  return pruned;
}

/** Whether {@link prune} would take something out. */
export function hasUnknown(value: unknown, schema: StructuralSchema): boolean {
  let found = false;
  pruneAt(value, schema, true, '', () => {
    found = true;
  });
  return found;
}

type Drop = (path: string, holder: Record<string, unknown>, name: string) => void;

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function pruneAt(value: unknown, schema: StructuralSchema | undefined, resource: boolean, path: string, drop: Drop): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    const keep = schema !== undefined && items === undefined && preservesUnknown(schema);
    if (!keep) for (const [index, item] of value.entries()) pruneAt(item, items, false, `${path}[${index}]`, drop);
    return;
  }
  if (!isObject(value)) return;
  const keep = schema !== undefined && preservesUnknown(schema);
  const additional = additionalOf(schema);
  const whole = resource || (schema !== undefined && isEmbedded(schema));
  // The whole object's own metadata has been decoded by its type already.
  if (whole && !resource) pruneMetadata(value['metadata'], below(path, 'metadata'), drop);
  for (const name of Object.keys(value)) {
    if (whole && isTypeField(name)) continue;
    const property = propertyOf(schema, name) ?? additional;
    if (property !== undefined) pruneAt(value[name], property, false, below(path, name), drop);
    else if (!keep) drop(below(path, name), value, name);
  }
}

function pruneMetadata(metadata: unknown, path: string, drop: Drop): void {
  if (!isObject(metadata)) return;
  const known = definitions['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']?.properties ?? {};
  for (const name of Object.keys(metadata)) if (!Object.hasOwn(known, name)) drop(below(path, name), metadata, name);
}
