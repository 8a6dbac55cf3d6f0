import type { APIGroup, APIResource } from '../../api/types/meta-v1.ts';
import { isAvailable, type RemoteService } from '../aggregation/remote.ts';
import { compareVersions } from './groups.ts';

/** What discovery asks of aggregation: the groups and versions that other servers answer. */
export interface RemoteVersions {
  all(): Iterable<RemoteService>;
}

const priorityOf = ({ object }: RemoteService): [number, number] => [
  object.spec?.groupPriorityMinimum ?? 0,
  object.spec?.versionPriority ?? 0,
];

/** The remote versions by group: groups and versions by the priorities that their APIServices name. */
function byGroup(remotes: Iterable<RemoteService>): Map<string, RemoteService[]> {
  const sorted = [...remotes].sort((a, b) => {
    const [[groupA, versionA], [groupB, versionB]] = [priorityOf(a), priorityOf(b)];
    return groupB - groupA || a.group.localeCompare(b.group) || versionB - versionA || compareVersions(a.version, b.version);
  });
  return Map.groupBy(sorted, ({ group }) => group);
}

/** Adds remote groups to `/apis`, and remote versions to groups that are also served here. */
export function withRemoteGroups(groups: readonly APIGroup[], remotes: Iterable<RemoteService>): APIGroup[] {
  const result = [...groups];
  for (const [name, services] of byGroup(remotes)) {
    const versions = services.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
    const at = result.findIndex((group) => group.name === name);
    const known = result[at];
    if (known !== undefined) {
      const rest = versions.filter(({ version }) => !known.versions.some((own) => own.version === version));
      result[at] = { ...known, versions: [...known.versions, ...rest] };
    } else result.push({ name, versions, ...(versions[0] === undefined ? {} : { preferredVersion: versions[0] }) });
  }
  return result;
}

interface DiscoveredGroup {
  metadata: { name: string };
  versions: { version: string; resources: unknown[]; freshness: string }[];
}

/** The same for the aggregated form, made of what each server last said it serves. */
export function withRemoteDiscovery<T>(items: readonly T[], remotes: Iterable<RemoteService>): T[] {
  const result = [...items] as DiscoveredGroup[];
  for (const [name, services] of byGroup(remotes)) {
    const versions = services.map((remote) => ({
      version: remote.version,
      resources: discoveredResources(remote.resources?.resources ?? [], remote),
      freshness: isAvailable(remote.object) ? 'Current' : 'Stale',
    }));
    const known = result.find(({ metadata }) => metadata.name === name);
    if (known === undefined) result.push({ metadata: { name }, versions });
    else known.versions.push(...versions);
  }
  return result as T[];
}

/** From the old list, where subresources are entries of their own, to the new one, where they lie below their resource. */
function discoveredResources(list: readonly APIResource[], { group, version }: RemoteService): unknown[] {
  const kindOf = (one: APIResource) => ({ group: one.group || group, version: one.version || version, kind: one.kind });
  const subresourcesOf = (name: string): unknown[] =>
    list
      .filter((one) => one.name.startsWith(`${name}/`))
      .map((one) => ({ subresource: one.name.slice(name.length + 1), responseKind: kindOf(one), verbs: one.verbs }));
  return list
    .filter(({ name }) => !name.includes('/'))
    .map((one) => {
      const subresources = subresourcesOf(one.name);
      return {
        resource: one.name,
        responseKind: kindOf(one),
        scope: one.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: one.singularName,
        verbs: one.verbs,
        ...(one.shortNames === undefined ? {} : { shortNames: one.shortNames }),
        ...(one.categories === undefined ? {} : { categories: one.categories }),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
}
