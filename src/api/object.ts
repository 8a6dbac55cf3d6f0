import type { ObjectMeta } from './types/meta-v1.ts';

/**
 * Any Kubernetes object as it travels through Shoal. Objects read from the store, an informer or an in-process watch are
 * shared and must not be changed; make a copy (`structuredClone`) first.
 */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: WatchEventType;
  object: T;
}

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** `apps/v1`, or `v1` for the core group. */
export const apiVersionOf = (gvk: { group: string; version: string }): string =>
  gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;

/** `apps/v1` → group `apps`, version `v1`; `v1` → group ``. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key that caches and work queues use. */
export const keyOf = (object: KubeObject): string => keyFor(object.metadata.name ?? '', object.metadata.namespace);
export const keyFor = (name: string, namespace?: string): string =>
  namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: undefined, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
