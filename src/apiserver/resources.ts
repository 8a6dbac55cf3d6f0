import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { allKinds, kinds } from '../api/scheme.ts';
import { autoscalerFromV2, autoscalerToV2 } from './autoscaling-conversion.ts';
import { eventFromCore, eventToCore } from './event-conversion.ts';

/** A kind as it is served: by its own path, kept in the store as `storage` (the same kind, or another version of it). */
export interface Resource {
  readonly kind: Kind;
  readonly storage: Kind;
  /** Absent where the stored form is the served form. */
  readonly convert?: Conversion;
  /** The warning that goes with every answer of a deprecated version. */
  readonly deprecation?: string;
  /** The kind is being removed: nothing new is created. */
  readonly terminating?: boolean;
}

/** Between the stored and the served form of objects; never changes what it is given. */
export interface Conversion {
  toStorage(object: KubeObject): KubeObject | Promise<KubeObject>;
  /** The very object where it needs no change, so that its stored bytes still fit. */
  fromStorage(object: KubeObject): KubeObject | Promise<KubeObject>;
  /** Many at once, in their order, where that is cheaper than one by one. */
  fromStorageAll?(objects: readonly KubeObject[]): Promise<readonly KubeObject[]>;
}

/** Every resource that the server knows, found by what a path names. */
export interface Resources {
  find(group: string, version: string, plural: string): Resource | undefined;
  all(): readonly Resource[];
}

export const resourceKey = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;

/** Kinds that show the objects of another one. */
const otherFaces = new Map<Kind, Resource>(
  [
    { kind: kinds.EventsEvent, storage: kinds.Event, convert: { toStorage: eventToCore, fromStorage: eventFromCore } },
    {
      kind: kinds.HorizontalPodAutoscalerV1,
      storage: kinds.HorizontalPodAutoscaler,
      convert: { toStorage: autoscalerToV2, fromStorage: autoscalerFromV2 },
    },
  ].map((resource) => [resource.kind as Kind, resource as Resource]),
);

/** What goes with every answer about a built-in kind that is on its way out (upstream: APILifecycleDeprecated). */
const deprecations = new Map<Kind, string>([
  [kinds.Endpoints, 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  [kinds.ComponentStatus, 'v1 ComponentStatus is deprecated in v1.19+'],
] as [Kind, string][]);

/** The built-in kinds of the scheme. */
export function builtinResources(): Resources {
  const table = new Map<string, Resource>();
  for (const kind of allKinds) {
    const deprecation = deprecations.get(kind);
    const resource = otherFaces.get(kind) ?? { kind, storage: kind, ...(deprecation === undefined ? {} : { deprecation }) };
    table.set(resourceKey(kind.group, kind.version, kind.plural), resource);
  }
  const all = [...table.values()];
  return { find: (group, version, plural) => table.get(resourceKey(group, version, plural)), all: () => all };
}

/** `deployments.apps`, or `pods` for the core group: how messages name a resource. */
export const qualified = (kind: Kind): string => (kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`);
