/** The OpenAPI definitions of v1.36 and how to walk them. `schema.json` is generated (see generate.ts). */
import schemaFile from './schema.json' with { type: 'json' };

export interface SchemaProperty {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  items?: SchemaProperty;
  additionalProperties?: SchemaProperty;
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
}
export interface SchemaDefinition extends SchemaProperty {
  required?: string[];
  properties?: Record<string, SchemaProperty>;
}

/** Definition name, such as `io.k8s.api.core.v1.Pod` → definition. */
export const definitions = schemaFile as unknown as Readonly<Record<string, SchemaDefinition>>;

const refPrefix = '#/definitions/';
const refTo = (property: SchemaProperty): string | undefined => property.$ref?.slice(refPrefix.length);

/** Last part of a definition's name: `PodSpec`. */
export const simpleNameOf = (definition: string): string => definition.slice(definition.lastIndexOf('.') + 1);
/** As Go prints the type: `v1.PodSpec`. */
export const goNameOf = (definition: string): string => definition.split('.').slice(-2).join('.');

/** Follows `$ref`: the definition's name and body, or the property itself where it is inline. */
export function resolveProperty(property: SchemaProperty): { name: string | undefined; definition: SchemaDefinition } {
  const name = refTo(property);
  return { name, definition: name === undefined ? property : (definitions[name] ?? {}) };
}

/** The property of a definition that is an object, `undefined` where there is none or the definition is unknown. */
export function propertyOf(definition: SchemaDefinition | undefined, field: string): SchemaProperty | undefined {
  const properties = definition?.properties;
  return properties !== undefined && Object.hasOwn(properties, field) ? properties[field] : undefined;
}

/** What the API reference says of a field; empty where nothing is known. */
export const descriptionOf = (definition: string, field: string): string => propertyOf(definitions[definition], field)?.description ?? '';
