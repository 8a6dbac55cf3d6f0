import type { Kind } from '../../api/kind.ts';
import { subresourceFacts } from '../subresource-facts.ts';
import { type ServedGroup, subresourceNames } from './groups.ts';

/** `apidiscovery.k8s.io` APIGroupDiscoveryList: all of discovery in one document. `version` is v2 or v2beta1, which are alike. */
export function aggregatedDiscovery(groups: readonly ServedGroup[], version: string): { items: unknown[]; [field: string]: unknown } {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { name: group.name },
      versions: group.versions.map((served) => ({
        version: served.version,
        resources: served.resources.map(({ kind }) => discovered(kind)),
        freshness: 'Current',
      })),
    })),
  };
}

function discovered(kind: Kind): unknown {
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  const subresources = subresourceNames(kind).map((subresource) => {
    const facts = subresourceFacts(kind, subresource);
    return { subresource, responseKind: facts.kind ?? own, verbs: facts.verbs };
  });
  return {
    resource: kind.plural,
    responseKind: own,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
