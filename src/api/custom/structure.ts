import { leaf, type Structure, structureOf, untyped } from '../apply/structure.ts';
import { additionalOf, isEmbedded, itemsOf, type StructuralSchema } from '../structural/schema.ts';

const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** How objects of a schema are owned by parts (upstream: the OpenAPI types that apiextensions gives to server-side apply). */
export function customStructure(schema: StructuralSchema, resource = true): Structure {
  if (schema['x-kubernetes-map-type'] === 'atomic') return leaf;
  const items = itemsOf(schema);
  if (schema.type === 'array') return items === undefined ? leaf : listStructure(schema, items);
  if (schema.type !== 'object')
    return schema['x-kubernetes-preserve-unknown-fields'] === true && schema.type === undefined ? untyped : leaf;
  const additional = additionalOf(schema);
  if (additional !== undefined) {
    const values = customStructure(additional, false);
    return { kind: 'fields', plain: true, field: () => values };
  }
  const { properties = {} } = schema;
  const whole = resource || isEmbedded(schema);
  const known = new Map<string, Structure>();
  const make = (name: string): Structure => {
    if (whole && name === 'metadata') return structureOf({ schema: metadata });
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined ? untyped : customStructure(property, false);
  };
  return {
    kind: 'fields',
    plain: true,
    field(name) {
      const structure = known.get(name) ?? make(name);
      known.set(name, structure);
      return structure;
    },
  };
}

function listStructure(schema: StructuralSchema, items: StructuralSchema): Structure {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return { kind: 'values' };
  const keys = schema['x-kubernetes-list-map-keys'];
  if (type !== 'map' || keys === undefined) return leaf;
  const defaults = Object.fromEntries(keys.map((key) => [key, items.properties?.[key]?.default]));
  return { kind: 'items', keys: [...keys].sort(), item: customStructure(items, false), defaults };
}
