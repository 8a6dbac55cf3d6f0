import { createHash } from 'node:crypto';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/object.ts';
import type { APIGroup, APIGroupList, APIResource, APIResourceList, APIVersions } from '../../api/types/meta-v1.ts';
import type { Resource, Resources } from '../resources.ts';
import { subresourceFacts } from '../subresource-facts.ts';

/** The order in which upstream's aggregator lists its groups (group priority, then name). */
const order = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
];
const rank = (group: string): number => {
  const at = order.indexOf(group);
  return at < 0 ? order.length : at;
};

export interface ServedGroup {
  name: string;
  /** Preferred first. */
  versions: { version: string; resources: Resource[] }[];
}

/** Every group with its versions and resources, in discovery's order. */
export function servedGroups(resources: Resources): ServedGroup[] {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const resource of resources.all()) {
    const { group, version } = resource.kind;
    const versions = groups.get(group) ?? new Map<string, Resource[]>();
    groups.set(group, versions);
    versions.set(version, [...(versions.get(version) ?? []), resource]);
  }
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, list]) => ({ version, resources: list.sort((a, b) => a.kind.plural.localeCompare(b.kind.plural)) })),
    }));
}

/** Kubernetes' version priority: GA over beta over alpha, newer first. */
export function compareVersions(a: string, b: string): number {
  const parse = (text: string): [number, number, number] => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
    if (found === null) return [-1, 0, 0];
    return [found[2] === undefined ? 2 : found[2] === 'beta' ? 1 : 0, Number(found[1]), Number(found[3] ?? 0)];
  };
  const [x, y] = [parse(a), parse(b)];
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2] || a.localeCompare(b);
}

const groupOf = ({ name, versions }: ServedGroup): APIGroup => {
  const list = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  const preferred = list[0];
  return { name, versions: list, ...(preferred === undefined ? {} : { preferredVersion: preferred }) };
};

/** `/api` */
export const apiVersions = (serverAddress: string): APIVersions => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
});

/** `/apis` */
export const apiGroupList = (groups: readonly ServedGroup[]): APIGroupList => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groups.filter(({ name }) => name !== '').map(groupOf),
});

/** `/apis/<group>` */
export const apiGroup = (group: ServedGroup): APIGroup => ({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) });

/** `/api/v1`, `/apis/<group>/<version>` */
export function apiResourceList(group: string, version: string, resources: readonly Resource[]): APIResourceList {
  const list: APIResource[] = [];
  for (const { kind, storage } of resources) {
    list.push({
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: [...kind.verbs],
      ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
      ...(kind.categories.length === 0 ? {} : { categories: [...kind.categories] }),
      ...(kind.verbs.includes('update') ? { storageVersionHash: storageVersionHash(storage) } : {}),
    });
    for (const name of subresourceNames(kind)) {
      const facts = subresourceFacts(kind, name);
      const foreign = facts.kind !== undefined && facts.kind.group !== kind.group;
      list.push({
        name: `${kind.plural}/${name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(foreign ? { group: facts.kind?.group, version: facts.kind?.version } : {}),
        kind: facts.kind?.kind ?? kind.kind,
        verbs: [...facts.verbs],
      } as APIResource);
    }
  }
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf({ group, version }), resources: list };
}

const hashes = new WeakMap<Kind, string>();

/** Eight bytes of the hash of the stored form's name (upstream: discovery.StorageVersionHash). */
function storageVersionHash(storage: Kind): string {
  let hash = hashes.get(storage);
  if (hash === undefined) {
    const { group, version, kind } = storage;
    hash = createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
    hashes.set(storage, hash);
  }
  return hash;
}

/** By name; those of custom resources as upstream's controller lists them, the status first. */
export const subresourceNames = ({ subresources, custom }: Kind): string[] =>
  custom === undefined ? [...subresources].sort() : ['status', 'scale'].filter((name) => subresources.includes(name));
