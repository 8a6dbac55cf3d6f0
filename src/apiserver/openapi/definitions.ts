import type { Kind } from '../../api/kind.ts';
import type { GroupVersionKind } from '../../api/object.ts';
import generated from '../../api/schema.json' with { type: 'json' };
import { customDefinitions } from './custom.ts';

/** A JSON schema as the generated definitions have it. */
export type Schema = Record<string, unknown>;

const referencePrefix = '#/definitions/';
const patchName = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';
const table = generated as Record<string, Schema>;

/** Definitions that the generated file leaves out. */
const extra: Record<string, Schema> = {
  [patchName]: { description: 'A change in one of the patch formats; its content type says which.', type: 'object' },
};

const ofTypes = (name: string, types: readonly string[]): Schema => {
  const { type: _, ...rest } = table[name] ?? {};
  return { ...rest, oneOf: types.map((type) => ({ type })) };
};
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
/** What OpenAPI v2 has no words for (upstream: OpenAPIV3OneOfTypes). */
const severalTypes: Record<string, Schema> = {
  [quantity]: ofTypes(quantity, ['string', 'number']),
  [intOrString]: ofTypes(intOrString, ['integer', 'string']),
};

/**
 * The definition with the descriptions of those it refers to, where its own fields have none: the package that the schemas
 * are made from leaves these out, and `kubectl explain` would show nothing.
 */
export function described(schema: Schema | undefined, definitions: Definitions): Schema | undefined {
  const properties = schema?.['properties'] as Record<string, Schema> | undefined;
  if (properties === undefined) return schema;
  const filled = Object.entries(properties).map(([name, property]) => {
    const { $ref: reference, description } = property;
    if (typeof reference !== 'string' || description !== undefined) return [name, property];
    const adopted = definitions.get(reference.slice(referencePrefix.length))?.['description'];
    return [name, adopted === undefined ? property : { ...property, description: adopted }];
  });
  return { ...schema, properties: Object.fromEntries(filled) };
}

/** The definitions behind a document: those of the generated file and of the custom kinds among `kinds`. */
export interface Definitions {
  get(name: string): Schema | undefined;
  names(): string[];
}

export function definitionsOf(kinds: readonly Kind[], version: 'v2' | 'v3'): Definitions {
  const custom = new Map(kinds.flatMap((kind) => customDefinitions(kind, version)));
  const special = version === 'v3' ? severalTypes : {};
  return {
    get: (name) => special[name] ?? table[name] ?? custom.get(name) ?? extra[name],
    names: () => [...Object.keys(table), ...Object.keys(extra), ...custom.keys()],
  };
}

/** Which group, version and kind a definition is the type of: for the kinds that are served and for their lists. */
export function definitionKinds(kinds: readonly Kind[]): Map<string, GroupVersionKind[]> {
  const map = new Map<string, GroupVersionKind[]>();
  const groupVersions = new Map<string, { group: string; version: string }>();
  for (const { group, version, kind, schema, listKind = `${kind}List` } of kinds) {
    map.set(schema, [{ group, version, kind }]);
    map.set(`${schema}List`, [{ group, version, kind: listKind }]);
    groupVersions.set(`${group}/${version}`, { group, version });
  }
  for (const [name, gvk] of subresourceTypes) map.set(name, [gvk]);
  // DeleteOptions and WatchEvent are registered in every group version.
  for (const kind of ['DeleteOptions', 'WatchEvent']) {
    map.set(
      `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`,
      [...groupVersions.values()].map((gv) => ({ ...gv, kind })),
    );
  }
  map.set('io.k8s.apimachinery.pkg.apis.meta.v1.Status', [{ group: '', version: 'v1', kind: 'Status' }]);
  return map;
}

const subresourceTypes: readonly (readonly [string, GroupVersionKind])[] = [
  ['io.k8s.api.autoscaling.v1.Scale', { group: 'autoscaling', version: 'v1', kind: 'Scale' }],
  ['io.k8s.api.policy.v1.Eviction', { group: 'policy', version: 'v1', kind: 'Eviction' }],
  ['io.k8s.api.authentication.v1.TokenRequest', { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }],
];

/** The names of all definitions that the given ones lead to, themselves included. */
export function closure(names: Iterable<string>, definitions: Definitions): Set<string> {
  const seen = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === '$ref' && typeof inner === 'string') add(inner.slice(referencePrefix.length));
        else visit(inner);
      }
    }
  };
  const add = (name: string): void => {
    if (seen.has(name)) return;
    const found = definitions.get(name);
    if (found === undefined) return;
    seen.add(name);
    visit(found);
  };
  for (const name of names) add(name);
  return seen;
}

/** The schema with its references moved to where OpenAPI v3 keeps them; siblings of a `$ref` need `allOf` there. */
export function forV3(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forV3);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const reference = (value as Schema)['$ref'];
  if (typeof reference === 'string') {
    const target = { $ref: `#/components/schemas/${reference.slice(referencePrefix.length)}` };
    const others = entries.filter(([key]) => key !== '$ref').map(([key, inner]) => [key, forV3(inner)]);
    return others.length === 0 ? target : { ...Object.fromEntries(others), allOf: [target] };
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, forV3(inner)]));
}
