import type { Kind } from '../kind.ts';
import { definitions, resolveProperty, type SchemaProperty } from '../schema.ts';
import { pathText } from './field-set.ts';
import { isObject, itemElement } from './structure.ts';

const metadata: SchemaProperty = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/**
 * Why a configuration is no object of a kind, in structured-merge-diff's words: values of another type than the field's, and list
 * items that share their keys or lack them. Unknown fields are not looked at. Null fits everywhere.
 */
export function typedErrors({ schema, custom }: Pick<Kind, 'schema' | 'custom'>, value: unknown): string[] {
  if (custom === undefined) return [...fieldErrors(definitions[schema] ?? {}, value, [])];
  const properties = custom.schema.properties as Record<string, SchemaProperty> | undefined;
  return [...fieldErrors({ properties: { ...properties, metadata } }, value, [])];
}

type Path = readonly string[];
const error = (path: Path, text: string): string => `${pathText(path)}: ${text}`;
/** Quantities and numbers that may be text are untyped to structured-merge-diff, and raw JSON is whatever it is. */
const untyped = /\.(Quantity|IntOrString|RawExtension|FieldsV1|JSON|JSONSchemaPropsOr\w+)$/;

function* valueErrors(property: SchemaProperty, value: unknown, path: Path): Generator<string> {
  if (value === null || value === undefined) return;
  const { name, definition } = resolveProperty(property);
  if (name !== undefined && untyped.test(name)) return;
  if (property.items !== undefined) yield* listErrors(property, property.items, value, path);
  else if (isObject(property.additionalProperties)) {
    if (!isObject(value)) yield error(path, `expected map, got &{${goText(value)}}`);
    else for (const [key, item] of Object.entries(value)) yield* valueErrors(property.additionalProperties, item, [...path, `f:${key}`]);
  } else if (definition.properties !== undefined) yield* fieldErrors(definition, value, path);
  else yield* scalarErrors(definition.type, value, path);
}

function* fieldErrors(definition: { properties?: Record<string, SchemaProperty> }, value: unknown, path: Path): Generator<string> {
  if (!isObject(value)) {
    yield error(path, `expected map, got &{${goText(value)}}`);
    return;
  }
  const { properties = {} } = definition;
  for (const [key, inner] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property !== undefined) yield* valueErrors(property, inner, [...path, `f:${key}`]);
  }
}

function* listErrors(property: SchemaProperty, items: SchemaProperty, value: unknown, path: Path): Generator<string> {
  if (!Array.isArray(value)) {
    yield error(path, `expected list, got &{${goText(value)}}`);
    return;
  }
  const keys = property['x-kubernetes-list-map-keys'];
  const type = property['x-kubernetes-list-type'];
  const seen = new Set<string>();
  for (const [i, item] of (value as unknown[]).entries()) {
    const byKeys = type === 'map' && keys !== undefined;
    const defaults = byKeys ? keyDefaults(keys, items) : {};
    if (byKeys && isObject(item) && !keys.some((key) => Object.hasOwn(item, key) || defaults[key] !== undefined)) {
      const names = keys.map((key) => JSON.stringify(key)).join(' ');
      const text = `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
      yield error(path, `element ${i}: ${text}`);
      continue;
    }
    const element = byKeys ? itemElement([...keys].sort(), item, defaults) : type === 'set' ? `v:${JSON.stringify(item)}` : `i:${i}`;
    if (seen.has(element)) yield error(path, `duplicate entries for key ${pathText([element])}`);
    seen.add(element);
    yield* valueErrors(items, item, [...path, element]);
  }
}

/** The defaults of an item's keys: a definition's by the field, a port's protocol by rule. */
const keyDefaults = (keys: readonly string[], items: SchemaProperty): Record<string, unknown> => {
  const { definition } = resolveProperty(items);
  return Object.fromEntries(
    keys.map((key) => [
      key,
      (definition.properties?.[key] as { default?: unknown } | undefined)?.default ?? (key === 'protocol' ? 'TCP' : undefined),
    ]),
  );
};

function* scalarErrors(type: string | undefined, value: unknown, path: Path): Generator<string> {
  if (type === 'string' && typeof value !== 'string') {
    yield error(path, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
  } else if (type === 'boolean' && typeof value !== 'boolean') yield error(path, `expected boolean, got &{${goText(value)}}`);
  else if ((type === 'integer' || type === 'number') && typeof value !== 'number') {
    yield error(path, `expected numeric (int or float), got ${goType(value)}`);
  }
}

const goType = (value: unknown): string =>
  Array.isArray(value)
    ? '[]interface {}'
    : typeof value === 'object'
      ? 'map[string]interface {}'
      : typeof value === 'boolean'
        ? 'bool'
        : 'string';

/** A value as Go prints it with `%v`: maps by their sorted keys. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const entries = Object.keys(value).sort();
  return `map[${entries.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
}

/** The same with `%#v`. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return value === null ? 'interface {}(nil)' : JSON.stringify(value);
  const entries = Object.keys(value).sort();
  return `map[string]interface {}{${entries.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`).join(', ')}}`;
}
