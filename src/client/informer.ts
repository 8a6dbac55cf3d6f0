import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';

export interface InformerHandlers<T> {
  add?(object: T): void;
  update?(object: T, previous: T): void;
  delete?(last: T): void;
}

/**
 * A local, ordered copy of one kind kept current by list and watch (client-go's shared informer). Objects in it are shared:
 * do not change them. It lists again after an expired watch, and calls handlers only for what differs.
 */
export interface Informer<T extends KubeObject> {
  readonly kind: Kind<T>;
  /** By `namespace/name` (or `name`). */
  get(key: string): T | undefined;
  /** All of them, or one namespace's. */
  list(namespace?: string): T[];
  /** Objects whose index function gave `value`; see `addIndex`. */
  byIndex(index: string, value: string): T[];
  /** Declares an index before `start`; `values` gives the keys that an object is filed under. */
  addIndex(index: string, values: (object: T) => readonly string[]): void;
  /** Adds handlers; present objects are replayed as `add`. Returns a function that removes them. */
  on(handlers: InformerHandlers<T>): () => void;
  /** Resolves once the first list is in. */
  synced(): Promise<void>;
  readonly hasSynced: boolean;
}

/** One informer per kind (and selector), shared by all who ask; they start when asked for and stop with the factory. */
export interface InformerFactory {
  informer<T extends KubeObject>(
    kind: Kind<T>,
    options?: { namespace?: string; labelSelector?: string; fieldSelector?: string },
  ): Informer<T>;
  /** Resolves when every informer asked for so far is synced. */
  synced(): Promise<void>;
  stop(): void;
}
