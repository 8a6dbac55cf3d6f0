import { semanticEqual } from '../../api/deep-equal.ts';
import type { Endpoint, EndpointSlice } from '../../api/types/discovery-v1.ts';
import type { ObjectMeta } from '../../api/types/meta-v1.ts';
import { type AddressType, type EndpointGroup, portsKey } from './endpoints-of.ts';

export const maxEndpointsPerSlice = 100;

export interface SliceChanges {
  create: EndpointSlice[];
  update: EndpointSlice[];
  delete: EndpointSlice[];
}

/** One slice while it is being filled. */
interface Draft {
  slice: EndpointSlice;
  endpoints: Endpoint[];
  changed: boolean;
}

const identity = ({ addresses, targetRef }: Endpoint): string => `${addresses[0] ?? ''}|${targetRef?.uid ?? ''}`;

/**
 * How to get from `existing` to slices that hold exactly `groups`, with few writes (upstream's endpointslice reconciler):
 * endpoints stay where they are, slices that change anyway are filled up, then one more slice if the rest fits, then new ones;
 * slices that would be emptied are reused for new ones. With no endpoint at all one empty slice is kept.
 */
export function planSlices(
  type: AddressType,
  metadata: ObjectMeta,
  groups: readonly EndpointGroup[],
  existing: readonly EndpointSlice[],
  max = maxEndpointsPerSlice,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], delete: [] };
  const wanted = groups.length > 0 ? groups : [{ ports: [], endpoints: [] }];
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    if (slice.addressType !== type) {
      changes.delete.push(slice);
      continue;
    }
    const key = portsKey(slice.ports);
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  for (const group of wanted) {
    const key = portsKey(group.ports);
    planGroup(type, metadata, group, byPorts.get(key) ?? [], max, changes, groups.length === 0);
    byPorts.delete(key);
  }
  changes.delete.push(...[...byPorts.values()].flat());
  reuseDeleted(type, changes);
  return changes;
}

function planGroup(
  type: AddressType,
  metadata: ObjectMeta,
  group: EndpointGroup,
  existing: readonly EndpointSlice[],
  max: number,
  changes: SliceChanges,
  placeholder: boolean,
): void {
  const left = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const drafts: Draft[] = existing.map((slice) => {
    const endpoints: Endpoint[] = [];
    let changed = !sameMetadata(slice.metadata, metadata);
    for (const present of slice.endpoints ?? []) {
      const next = left.get(identity(present));
      left.delete(identity(present));
      if (next === undefined || !semanticEqual(present, next)) changed = true;
      if (next !== undefined) endpoints.push(next);
    }
    return { slice, endpoints, changed };
  });
  const rest = [...left.values()];
  const fill = (draft: Draft): void => {
    const moved = rest.splice(0, Math.max(0, max - draft.endpoints.length));
    if (moved.length > 0) draft.changed = true;
    draft.endpoints.push(...moved);
  };
  for (const draft of drafts) if (draft.changed) fill(draft);
  if (rest.length > 0 && rest.length < max) {
    const room = drafts.filter((draft) => !draft.changed && draft.endpoints.length + rest.length <= max);
    const fullest = room.sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (fullest !== undefined) fill(fullest);
  }
  const keptEmpty = placeholder ? drafts.find((draft) => draft.endpoints.length === 0) : undefined;
  for (const draft of drafts) {
    const { slice, endpoints, changed } = draft;
    if (endpoints.length === 0 && draft !== keptEmpty) changes.delete.push(slice);
    else if (changed) changes.update.push({ ...slice, metadata: mergedMetadata(slice.metadata, metadata), endpoints });
  }
  while (rest.length > 0) changes.create.push(newSlice(type, metadata, group, rest.splice(0, max)));
  if (placeholder && keptEmpty === undefined) changes.create.push(newSlice(type, metadata, group, []));
}

const newSlice = (addressType: AddressType, metadata: ObjectMeta, { ports }: EndpointGroup, endpoints: Endpoint[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata,
  addressType,
  endpoints,
  ports,
});

function reuseDeleted(type: AddressType, changes: SliceChanges): void {
  const reusable = changes.delete.filter((slice) => slice.addressType === type);
  for (const old of reusable) {
    const next = changes.create.shift();
    if (next === undefined) return;
    changes.delete = changes.delete.filter((slice) => slice !== old);
    changes.update.push({ ...next, metadata: mergedMetadata(old.metadata, next.metadata) });
  }
}

/** The trigger time is a stamp on writes that happen anyway, never a reason for one. */
const sameMetadata = (present: ObjectMeta, wanted: ObjectMeta): boolean =>
  semanticEqual(present.labels, wanted.labels) && semanticEqual(present.ownerReferences, wanted.ownerReferences);

const mergedMetadata = (present: ObjectMeta, { labels, annotations, ownerReferences }: ObjectMeta): ObjectMeta => ({
  ...present,
  ...(labels === undefined ? {} : { labels }),
  ...(ownerReferences === undefined ? {} : { ownerReferences }),
  ...(annotations === undefined ? {} : { annotations }),
});
