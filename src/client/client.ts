import type { Kind } from '../api/kind.ts';
import type { KubeList, KubeObject, WatchEvent } from '../api/object.ts';
import type { Status } from '../api/types/meta-v1.ts';

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
}

export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Where to start; absent means with the present state as ADDED events. */
  resourceVersion?: string;
  allowWatchBookmarks?: boolean;
  signal?: AbortSignal;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions {
  type?: PatchType;
  subresource?: string;
  fieldManager?: string;
  force?: boolean;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/**
 * The Kubernetes verbs, typed by kind. Every failure is an `ApiError` (api/status.ts) whichever transport carried it.
 * Objects that come back are shared in process: do not change them, copy them.
 */
export interface Client {
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T>;
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** Creates in `object.metadata.namespace`. */
  create<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>;
  /** Replaces; `metadata.resourceVersion`, where set, must be the current one (409 Conflict otherwise). */
  update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>;
  updateStatus<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>;
  /** Default type: `merge`. */
  patch<T extends KubeObject>(
    kind: Kind<T>,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  delete<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string, options?: DeleteOptions): Promise<T | Status>;
  deleteCollection<T extends KubeObject>(kind: Kind<T>, options?: ListOptions & DeleteOptions): Promise<void>;
  /** Ends when the server ends it or the signal aborts; an ERROR event is thrown as `ApiError` (410 Expired included). */
  watch<T extends KubeObject>(kind: Kind<T>, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** POST to a subresource: `binding`, `eviction`, `token`. */
  createSubresource<R = unknown>(kind: Kind, name: string, namespace: string | undefined, subresource: string, body: unknown): Promise<R>;
  /** Any path, for discovery, `/readyz`, aggregated kinds. */
  raw<R = unknown>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<R>;
  /** The objects of the watch events that any path streams; ends as {@link watch} does. */
  stream<R>(path: string, signal?: AbortSignal): AsyncIterable<R>;
}
