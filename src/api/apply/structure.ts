import type { Kind } from '../kind.ts';
import { definitions, resolveProperty, type SchemaDefinition, type SchemaProperty } from '../schema.ts';

/** How a value may be owned: whole, or by its parts. */
export type Structure =
  | { kind: 'leaf' }
  /** An object or map, each field by itself. `plain` where no Go type stands behind it, so that it has only what it was given. */
  | { kind: 'fields'; plain?: true; field(name: string): Structure }
  /** A list whose items are told apart by some of their fields. */
  | { kind: 'items'; keys: readonly string[]; item: Structure; defaults?: Readonly<Record<string, unknown>> }
  /** A list of scalars without repetition. */
  | { kind: 'values' };

export const leaf: Structure = { kind: 'leaf' };
/** What has no schema: maps by field, everything else whole. */
export const untyped: Structure = { kind: 'fields', plain: true, field: () => untyped };

const known = new Map<string, Structure>();

/** The structure of a kind: by its definition, or by the schema that its CustomResourceDefinition has. */
export function structureOf({ schema, custom }: Pick<Kind, 'schema' | 'custom'>): Structure {
  if (custom !== undefined) return custom.structure;
  const definition = definitions[schema];
  return definition === undefined ? untyped : named(schema, definition);
}

function named(name: string, definition: SchemaDefinition): Structure {
  let structure = known.get(name);
  if (structure === undefined) {
    structure = ofDefinition(definition);
    known.set(name, structure);
  }
  return structure;
}

function ofDefinition(definition: SchemaDefinition): Structure {
  if (definition['x-kubernetes-map-type'] === 'atomic') return leaf;
  const { properties } = definition;
  if (properties === undefined) return ofProperty({ ...definition });
  const fields = new Map<string, Structure>();
  return {
    kind: 'fields',
    field(name) {
      let structure = fields.get(name);
      if (structure === undefined) {
        const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
        structure = property === undefined ? untyped : ofProperty(property);
        fields.set(name, structure);
      }
      return structure;
    },
  };
}

function ofProperty(property: SchemaProperty): Structure {
  const { name, definition } = resolveProperty(property);
  // What the field says of its own map type goes before what its type says.
  const mapType = property['x-kubernetes-map-type'] ?? definition['x-kubernetes-map-type'];
  if (mapType === 'atomic') return leaf;
  if (definition.items !== undefined) return ofList(property, definition.items);
  if (definition.additionalProperties !== undefined) {
    const values = ofProperty(definition.additionalProperties);
    return { kind: 'fields', field: () => values };
  }
  if (name !== undefined) return named(name, definition);
  if (definition.properties !== undefined) return ofDefinition(definition);
  return definition.type === 'object' ? untyped : leaf;
}

function ofList(property: SchemaProperty, items: SchemaProperty): Structure {
  const type = property['x-kubernetes-list-type'];
  const keys = property['x-kubernetes-list-map-keys'];
  if (type === 'set') return { kind: 'values' };
  return type === 'map' && keys !== undefined ? { kind: 'items', keys: [...keys].sort(), item: ofProperty(items) } : leaf;
}

/** Defaults of key fields, which a client may leave out (upstream: `default` in the schema of ports). */
const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** The path element of a list item. */
export function itemElement(keys: readonly string[], item: unknown, defaults = keyDefaults): string {
  const object = (item ?? {}) as Record<string, unknown>;
  const entries = keys.map((key) => [key, object[key] ?? defaults[key]] as const).filter(([, value]) => value !== undefined);
  return `k:${JSON.stringify(Object.fromEntries(entries))}`;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value's parts by path element, with the structure of each; undefined for what is owned whole. */
export function partsOf(structure: Structure, value: unknown): Map<string, { value: unknown; structure: Structure }> | undefined {
  const parts = new Map<string, { value: unknown; structure: Structure }>();
  if (structure.kind === 'fields' && isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (inner !== undefined) parts.set(`f:${name}`, { value: inner, structure: structure.field(name) });
    }
    return parts;
  }
  if (!Array.isArray(value)) return undefined;
  if (structure.kind === 'items') {
    for (const item of value as unknown[])
      parts.set(itemElement(structure.keys, item, structure.defaults), { value: item, structure: structure.item });
    return parts;
  }
  if (structure.kind === 'values') {
    for (const item of value as unknown[]) parts.set(`v:${JSON.stringify(item)}`, { value: item, structure: leaf });
    return parts;
  }
  return undefined;
}
