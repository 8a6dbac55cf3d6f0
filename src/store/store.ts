import type { KubeObject, WatchEventType } from '../api/object.ts';

/** One object at one revision. `object` is shared and must not be changed; its `metadata.resourceVersion` is `revision`. */
export interface Entry {
  /** Such as `/apps/deployments/default/web` or `/core/nodes/n1`: group, plural, then namespace where there is one, then name. */
  readonly key: string;
  readonly revision: number;
  readonly object: KubeObject;
  /** The object's JSON encoding, made once per revision and shared by every reader. */
  readonly json: Buffer;
}

export interface StoreEvent {
  type: Extract<WatchEventType, 'ADDED' | 'MODIFIED' | 'DELETED'>;
  /** For DELETED, the last state with the revision of the deletion. */
  entry: Entry;
  /** The state before this event; absent for ADDED. Label and field selectors need it to tell entering from leaving. */
  previous: Entry | undefined;
}

export interface ListResult {
  /** Shared, so it must not be changed. */
  entries: readonly Entry[];
  /** The revision that the list is consistent at. */
  revision: number;
  /** How many further entries exist beyond `limit`. */
  remaining: number;
}

export interface ListOptions {
  limit?: number;
  /** Keys greater than this one only (exclusive). */
  after?: string;
  /** List as of this revision; throws `compacted` when it is no longer retained. Default: now. */
  revision?: number;
}

/** A running watch: iterate it to receive events in revision order; `close` ends the iteration. */
export interface StoreWatch<T = StoreEvent> extends AsyncIterable<T> {
  /** Puts what `make` makes of the newest revision behind the events up to it. */
  mark(make: (revision: number) => T): void;
  close(): void;
}

/**
 * A revisioned key-value store of Kubernetes objects. One revision line for all keys: every write takes the next number.
 * Writes are compare-and-set, and acknowledged only when durable (memory-only stores excepted). No acknowledged write is
 * lost; a watch sees every event after its starting revision, in order, exactly once.
 */
export interface Store {
  /** The newest revision. */
  revision(): Promise<number>;
  /** The oldest revision that lists and watches can still start from. */
  compactedRevision(): Promise<number>;
  get(key: string): Promise<Entry | undefined>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** Throws `exists` when the key is taken. */
  create(key: string, object: KubeObject): Promise<Entry>;
  /** Writes `object` over the entry at `expected`; throws `conflict` when the key is at another revision, `missing` when it is gone. */
  update(key: string, object: KubeObject, expected: number): Promise<Entry>;
  /** Removes the entry at `expected`; same errors as update. Resolves to the last state at the deletion's revision. */
  delete(key: string, expected: number): Promise<Entry>;
  /** Events after `from` (exclusive) for keys that start with `prefix`; throws `compacted` when `from` is too old. */
  watch(prefix: string, from: number): Promise<StoreWatch>;
  /**
   * The same in another form. `select` is called for each event as it happens and must not throw; those that it answers with
   * undefined are left out before anybody is woken.
   */
  watch<T>(prefix: string, from: number, select: (event: StoreEvent) => T | undefined): Promise<StoreWatch<T>>;
  /** Forgets history up to `revision`. */
  compact(revision: number): Promise<void>;
  /** Ends watches, flushes and closes. Further calls throw `closed`. */
  close(): Promise<void>;
}

export type StoreErrorCode = 'exists' | 'missing' | 'conflict' | 'compacted' | 'future' | 'closed';

/** The refusals a caller must expect; anything else that a store throws is a fault. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** For `conflict`, the revision that the key is at. */
  readonly actual: number | undefined;

  constructor(code: StoreErrorCode, message: string, actual?: number) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
    this.actual = actual;
  }
}
