import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { allKinds, kinds } from '../api/scheme.ts';
import { eventFromCore, eventToCore } from './event-conversion.ts';

/** A kind as it is served: by its own path, kept in the store as `storage` (the same kind, or another version of it). */
export interface Resource {
  readonly kind: Kind;
  readonly storage: Kind;
  /** Absent where the stored form is the served form. Both give new objects. */
  readonly convert?: { toStorage(object: KubeObject): KubeObject; fromStorage(object: KubeObject): KubeObject };
}

/** Every resource that the server knows, found by what a path names. */
export interface Resources {
  find(group: string, version: string, plural: string): Resource | undefined;
  all(): readonly Resource[];
}

export const resourceKey = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;

/** The built-in kinds of the scheme. `events.k8s.io` and core Events are one set of objects under two faces. */
export function builtinResources(): Resources {
  const table = new Map<string, Resource>();
  for (const kind of allKinds) {
    const resource: Resource =
      kind === kinds.EventsEvent
        ? { kind, storage: kinds.Event, convert: { toStorage: eventToCore, fromStorage: eventFromCore } }
        : { kind, storage: kind };
    table.set(resourceKey(kind.group, kind.version, kind.plural), resource);
  }
  const all = [...table.values()];
  return { find: (group, version, plural) => table.get(resourceKey(group, version, plural)), all: () => all };
}

/** `deployments.apps`, or `pods` for the core group: how messages name a resource. */
export const qualified = (kind: Kind): string => (kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`);
