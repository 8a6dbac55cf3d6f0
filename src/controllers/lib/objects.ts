import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';

/** Stored workload objects always have a spec; the generated types leave it optional. */
export type WithSpec<T extends KubeObject & { spec?: unknown }> = T & { spec: NonNullable<T['spec']> };
export const hasSpec = <T extends KubeObject & { spec?: unknown }>(object: T | undefined): object is WithSpec<T> =>
  object?.spec !== undefined;

export const nameOf = (object: KubeObject): string => object.metadata.name ?? '';
export const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? '';
export const uidOf = (object: KubeObject): string => object.metadata.uid ?? '';
export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/** Milliseconds since the epoch of an API time, or 0 where there is none. */
export const timeOf = (text: string | undefined): number => (text ? Date.parse(text) : 0);
export const createdAt = (object: KubeObject): number => timeOf(object.metadata.creationTimestamp);

/** Whether an owner reference names this kind; versions may differ, groups may not. */
export const refersTo = (owner: OwnerReference, kind: Kind): boolean =>
  owner.kind === kind.kind &&
  (owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : '') === kind.group;

/** Oldest first, then by name: upstream's order wherever "by creation timestamp" is said. */
export const byCreation = (a: KubeObject, b: KubeObject): number =>
  createdAt(a) - createdAt(b) || (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0);
