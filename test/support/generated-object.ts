import type { Kind } from '../../src/api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../src/api/object.ts';
import { definitions, resolveProperty, type SchemaProperty } from '../../src/api/schema.ts';
import type { Random } from './random.ts';

export interface Generated {
  /** How likely a field that may be left out is there. */
  density: number;
  /** How many objects may stand in each other. */
  depth: number;
  /** Told of each field that was filled: `io.k8s.api.core.v1.PodSpec.nodeName`. */
  filled?: (field: string) => void;
}

/** An object of the kind with random fields of the right types, in the canonical form that the server gives them. No more sense is in it than that. */
export function generatedObject(kind: Pick<Kind, 'group' | 'version' | 'kind' | 'schema'>, random: Random, how: Generated): KubeObject {
  const body = structOf(kind.schema, random, how, how.depth) as Record<string, unknown>;
  const { kind: _kind, apiVersion: _apiVersion, metadata = {}, ...rest } = body;
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata, ...rest } as KubeObject;
}

const words = ['web', 'api', 'a', 'shoal-0', 'kube-system', 'x'.repeat(63), 'app.kubernetes.io/name', 'über', '水', '\u{1f41f}'];
const text = (random: Random): string => (random.chance(0.5) ? random.pick(words) : `t${random.below(1e6).toString(36)}`);
const someText = (random: Random): string => text(random) || 't';
const pad = (value: number, length: number): string => String(value).padStart(length, '0');
const time = (random: Random): string =>
  `${1971 + random.below(120)}-${pad(1 + random.below(12), 2)}-${pad(1 + random.below(28), 2)}T${pad(random.below(24), 2)}:${pad(random.below(60), 2)}:${pad(random.below(60), 2)}`;
const json = (random: Random, depth = 2): unknown =>
  depth === 0 || random.chance(0.3)
    ? random.pick([1, 'text', true, false, -2.5, ''])
    : random.chance(0.5)
      ? [json(random, depth - 1), json(random, depth - 1)]
      : { [text(random)]: json(random, depth - 1), b: json(random, depth - 1) };

const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
type Scalar = (random: Random) => unknown;

/** Types whose JSON is not an object of their fields. */
const scalars: Record<string, Scalar> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (random) => random.pick(['0', '1', '100m', '64Mi', '1500m', '3Gi', '12e6', '1n']),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': (random) => random.pick([0, 1, 8080, -1, 'http', '25%', '']),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': (random) => ({ kind: 'Anything', apiVersion: 'example.com/v1', inside: json(random) }),
  [`${meta}.Time`]: (random) => `${time(random)}Z`,
  [`${meta}.MicroTime`]: (random) => `${time(random)}.${pad(random.below(1e6), 6)}Z`,
  [`${meta}.FieldsV1`]: (random) => ({ 'f:spec': { [`f:${text(random)}`]: {} } }),
  [`${extensions}.JSON`]: (random) => json(random),
};

/** The unions of custom resource schemas, which the definitions show as free JSON. */
const unions: Record<string, 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStrings' | 'json' | undefined> = {
  additionalItems: 'schemaOrBool',
  additionalProperties: 'schemaOrBool',
  items: 'schemaOrArray',
  default: 'json',
  example: 'json',
  dependencies: 'schemaOrStrings',
};

function structOf(name: string, random: Random, how: Generated, depth: number): unknown {
  const scalar = scalars[name];
  if (scalar !== undefined) return scalar(random);
  const definition = definitions[name];
  const out: Record<string, unknown> = {};
  // The type of an object inside another one is known from its place, and not written in protobuf.
  const typed = definition?.properties?.['metadata'] !== undefined;
  for (const [field, property] of Object.entries(definition?.properties ?? {})) {
    if (typed && (field === 'kind' || field === 'apiVersion')) continue;
    const required = definition?.required?.includes(field) === true;
    if (!required && !random.chance(how.density)) continue;
    const filled = ownField(name, field, property, random, how, depth) ?? fieldValue(property, random, how, depth, required);
    if (filled === undefined || filled === noRoom) continue;
    how.filled?.(`${name}.${field}`);
    out[field] = filled;
  }
  return out;
}

/** Left out, since objects stand in each other deep enough. */
const noRoom = Symbol('no room');

/** Fields that the definitions show as free JSON and that are not; undefined for all others. */
function ownField(name: string, field: string, property: SchemaProperty, random: Random, how: Generated, depth: number): unknown {
  if (name === `${extensions}.CustomResourceSubresources` && field === 'status') return {};
  if (name !== `${extensions}.JSONSchemaProps`) return undefined;
  // Schemas branch at every field, so each level has fewer.
  const fewer = { ...how, density: how.density / 4 };
  const schema = (): unknown => structOf(name, random, fewer, depth - 1);
  switch (unions[field]) {
    case 'json':
      return json(random);
    case 'schemaOrBool':
      return depth <= 0 || random.chance(0.5) ? random.chance(0.5) : schema();
    case 'schemaOrArray':
      if (depth <= 0) return noRoom;
      return random.chance(0.7) ? schema() : [schema(), schema()];
    case 'schemaOrStrings':
      return depth <= 0 ? noRoom : { a: ['b', 'c'], d: schema() };
    default:
      if (field === 'enum') return [json(random, 1)];
      if (field === 'x-kubernetes-validations') return undefined;
      return property.type === undefined || property.items !== undefined || property.additionalProperties !== undefined
        ? (fieldValue(property, random, fewer, depth, false) ?? noRoom)
        : undefined;
  }
}

function fieldValue(property: SchemaProperty, random: Random, how: Generated, depth: number, required: boolean): unknown {
  const { name, definition } = resolveProperty(property);
  if (name !== undefined) {
    if (scalars[name] !== undefined) return scalars[name]?.(random);
    if (definition.properties === undefined && definition.type !== 'object') return json(random);
    return depth <= 0 && !required ? undefined : structOf(name, random, how, depth - 1);
  }
  if (property.items !== undefined) {
    const { items } = property;
    const list = Array.from({ length: 1 + random.below(2) }, () => fieldValue(items, random, how, depth - 1, required)).filter(
      (item) => item !== undefined,
    );
    return list.length > 0 || required ? list : undefined;
  }
  if (property.additionalProperties !== undefined) {
    if (depth <= 0 && !required) return undefined;
    const values = property.additionalProperties;
    const map = Object.fromEntries(
      Array.from({ length: 1 + random.below(2) }, () => [someText(random), fieldValue(values, random, how, depth - 1, true)]),
    );
    return map;
  }
  switch (property.type) {
    case 'string':
      return property.format === 'byte' ? Buffer.from(text(random)).toString('base64') : someText(random);
    case 'boolean':
      return true;
    case 'integer':
      return property.format === 'int64'
        ? random.pick([1, -1, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER])
        : random.pick([1, -1, 80, 2 ** 31 - 1, -(2 ** 31)]);
    case 'number':
      return random.pick([1.5, -2, 1e21]);
    default:
      return json(random);
  }
}
