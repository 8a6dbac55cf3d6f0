import type { CustomRules } from './custom/rules.ts';
import type { KubeObject } from './object.ts';

/** The verbs of a resource as discovery lists them. */
export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/**
 * One row of the scheme: all that the generic parts (REST, discovery, OpenAPI, clients, informers) need to know of a kind.
 * `T` is the object's type; it exists for the compiler alone.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  /** Subresources served below the resource, such as `status`, `scale`, `log`, `exec`. */
  readonly subresources: readonly string[];
  /** Field paths that field selectors may name besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields: readonly string[];
  /** The OpenAPI definition, such as `io.k8s.api.apps.v1.Deployment`. */
  readonly schema: string;
  /** The name of the kind of lists; default: the kind with `List` after it. */
  readonly listKind?: string;
  /** What a CustomResourceDefinition says of the kind; absent for built-in kinds, whose rules are rows of tables. */
  readonly custom?: CustomRules;
  /** Never set. Carries the object type. */
  readonly type?: T;
}

export interface KindOptions {
  shortNames?: readonly string[];
  categories?: readonly string[];
  verbs?: readonly Verb[];
  subresources?: readonly string[];
  selectableFields?: readonly string[];
  plural?: string;
  schema?: string;
}

export const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
export const createOnly: readonly Verb[] = ['create'];

/** Where upstream's OpenAPI keeps the definitions of a group. */
const packageOf: Record<string, string> = {
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};
const schemaOf = (group: string, version: string, kind: string): string => {
  const short = group === '' ? 'core' : group.replace(/\..*$/, '');
  return `${packageOf[group] ?? `io.k8s.api.${short}`}.${version}.${kind}`;
};

const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase();
  if (/(s|x|ch)$/.test(lower)) return `${lower}es`;
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
};

/** Makes the row constructor of one group and version; `namespaced` is said in each row. */
export function group(name: string, version: string) {
  const row =
    (namespaced: boolean) =>
    <T extends KubeObject>(kind: string, options: KindOptions = {}): Kind<T> => ({
      group: name,
      version,
      kind,
      plural: options.plural ?? pluralOf(kind),
      singular: kind.toLowerCase(),
      namespaced,
      shortNames: options.shortNames ?? [],
      categories: options.categories ?? [],
      verbs: options.verbs ?? allVerbs,
      subresources: options.subresources ?? [],
      selectableFields: options.selectableFields ?? [],
      schema: options.schema ?? schemaOf(name, version, kind),
    });
  return { namespaced: row(true), cluster: row(false) };
}
