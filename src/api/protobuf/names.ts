/**
 * Where the protobuf form of the API differs in names from the JSON form. Field numbers and types are
 * `facts/protobuf-fields.json`; the JSON names are the definitions of `schema.json`.
 */

/** JSON names that do not follow from the protobuf name by lower-casing its first letter. */
const aliases: Record<string, string> = {
  uID: 'uid',
  aPIGroup: 'apiGroup',
  schema: '$schema',
  ref: '$ref',
};

/** The JSON name of a field whose protobuf name the definition does not have. */
export function jsonName(name: string): string {
  const alias = aliases[name];
  if (alias !== undefined) return alias;
  // Custom resource schemas: xKubernetesListType is x-kubernetes-list-type.
  if (name.startsWith('xKubernetes')) return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `k8s.io.api.core.v1.Pod` as protobuf names it → `io.k8s.api.core.v1.Pod` as OpenAPI does. */
export const definitionName = (message: string): string =>
  `io.${message
    .replace(/^k8s\.io\./, 'k8s.')
    .replace('apiextensions_apiserver', 'apiextensions-apiserver')
    .replace('kube_aggregator', 'kube-aggregator')}`;

/** The other way round. */
export const messageName = (definition: string): string =>
  definition
    .replace(/^io\.k8s\./, 'k8s.io.')
    .replace('apiextensions-apiserver', 'apiextensions_apiserver')
    .replace('kube-aggregator', 'kube_aggregator');
