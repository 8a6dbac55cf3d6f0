import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../util/clock.ts';
import { createHistory } from './history.ts';
import { type Entry, type Store, StoreError, type StoreEvent } from './store.ts';
import { createWatchers } from './watchers.ts';

export interface RetentionOptions {
  /** How long history is kept for watches and paged lists. Default: 5 minutes, as upstream's compaction. */
  retainMs?: number;
  /** At most so many events, and so many bytes of their JSON. */
  retainEvents?: number;
  retainBytes?: number;
}

export interface RevisionedOptions extends RetentionOptions {
  clock: Clock;
  /** Deep-freezes what is stored, so that a test finds whoever changes a shared object. */
  freeze?: boolean;
}

/** What lies behind the index: where a batch of writes becomes durable. */
export interface Backend {
  /** The state at start. */
  initial: { revision: number; entries: Iterable<Entry> };
  /** Writes the batch, all or nothing; throws when it cannot. Called with consecutive revisions. */
  commit(batch: readonly StoreEvent[]): void;
  /**
   * Resolves when everything committed so far is durable; may be called again meanwhile. A rejection ends the store, because
   * nobody knows then what a restart would find. Absent: commits are durable by themselves.
   */
  sync?(): Promise<void>;
  /** Calls `flush` once, soon: writes that arrive until then share a commit. Absent: every write commits at once. */
  schedule?(flush: () => void): void;
  close(): void;
}

interface Pending {
  event: StoreEvent;
  done: PromiseWithResolvers<Entry>;
}

/** Writes that share a commit, and refusals that rest on pending ones: they are only true once it is decided. */
interface Batch {
  writes: Pending[];
  refusals: (() => void)[];
}

const newBatch = (): Batch => ({ writes: [], refusals: [] });

/** How many batches may be on their way to the disk at once: the next need not wait for a whole turn of the one before. */
const syncsAtOnce = 2;

/**
 * The one implementation of {@link Store} behind both the memory and the SQLite store. Writes are judged in their order of
 * arrival against committed and pending state together; readers and watches see committed writes only.
 */
export function createRevisionedStore(backend: Backend, options: RevisionedOptions): Store {
  const { clock, retainMs = 300_000, retainEvents = 50_000, retainBytes = 64 * 1024 * 1024 } = options;
  const history = createHistory(backend.initial.revision);
  for (const entry of backend.initial.entries) history.load(entry);
  const watchers = createWatchers(() => history.revision);
  let queue = newBatch();
  /** Committed, and on the way to the disk. */
  const syncing: Batch[] = [];
  const syncs = new Set<Promise<void>>();
  /** The newest pending event of each key. */
  const overlay = new Map<string, StoreEvent>();
  let failure: unknown;
  let nextRevision = history.revision + 1;
  let scheduled = false;
  let closed = false;
  let compactionArmed = false;

  const armCompaction = (): void => {
    const oldest = history.oldest();
    if (compactionArmed || closed || oldest === undefined) return;
    compactionArmed = true;
    // A tenth of the window is the grain: one timer serves many events.
    const due = Math.max(oldest.at + retainMs - clock.now(), 0) + retainMs / 10;
    clock.after(
      due,
      () => {
        compactionArmed = false;
        if (closed) return;
        history.compact(history.revisionBefore(clock.now() - retainMs));
        armCompaction();
      },
      { unref: true },
    );
  };

  const trim = (): void => {
    const { events, bytes } = history.retained;
    if (events <= retainEvents && bytes <= retainBytes) return;
    // A quarter goes at once, so that trimming is rare.
    history.compact(history.compacted + Math.ceil(events / 4));
  };

  const settle = ({ writes, refusals }: Batch): void => {
    const now = clock.now();
    for (const { event, done } of writes) {
      const { key } = event.entry;
      history.apply(event, now);
      if (overlay.get(key) === event) overlay.delete(key);
      watchers.publish(event);
      done.resolve(event.entry);
    }
    for (const refuse of refusals) refuse();
    trim();
    armCompaction();
  };

  /** None of these were written, though those that are being synced are. */
  const lose = (batches: readonly Batch[], error: unknown): void => {
    const kept = syncing.flatMap(({ writes }) => writes.map(({ event }) => event));
    nextRevision = (kept.at(-1)?.entry.revision ?? history.revision) + 1;
    overlay.clear();
    for (const event of kept) overlay.set(event.entry.key, event);
    for (const { writes, refusals } of batches) {
      for (const { done } of writes) done.reject(error);
      for (const refuse of refusals) refuse();
    }
  };

  const sync = async (run: () => Promise<void>, batch: Batch): Promise<void> => {
    syncing.push(batch);
    try {
      await run();
    } catch (error) {
      failure ??= error;
      lose([...syncing.splice(0), queue], failure);
      queue = newBatch();
      watchers.closeAll();
      return;
    }
    // What is durable of one batch is durable of all before it.
    for (const durable of syncing.splice(0, syncing.indexOf(batch) + 1)) settle(durable);
    if (queue.writes.length > 0) plan();
  };

  const flush = (): void => {
    scheduled = false;
    if (queue.writes.length === 0) return;
    const batch = queue;
    queue = newBatch();
    try {
      backend.commit(batch.writes.map(({ event }) => event));
    } catch (error) {
      lose([batch], error);
      return;
    }
    if (backend.sync === undefined) {
      settle(batch);
      return;
    }
    const done = sync(backend.sync, batch).finally(() => syncs.delete(done));
    syncs.add(done);
  };

  /** Sees to it that what is queued is flushed: at once, soon, or when an earlier batch is durable. */
  const plan = (): void => {
    if (scheduled || syncing.length >= syncsAtOnce) return;
    if (backend.schedule === undefined) {
      flush();
      return;
    }
    scheduled = true;
    backend.schedule(flush);
  };

  const checkOpen = (): void => {
    if (failure !== undefined) throw failure;
    if (closed) throw new StoreError('closed', 'the store is closed');
  };

  const present = (key: string): Entry | undefined => {
    const pending = overlay.get(key);
    if (pending === undefined) return history.get(key);
    return pending.type === 'DELETED' ? undefined : pending.entry;
  };

  const refuse = (key: string, error: StoreError): Promise<never> => {
    if (!overlay.has(key)) return Promise.reject(error);
    const { refusals } = queue.writes.length > 0 ? queue : (syncing.at(-1) ?? queue);
    return new Promise((_resolve, reject) => refusals.push(() => reject(error)));
  };

  const write = (type: StoreEvent['type'], key: string, object: KubeObject, previous: Entry | undefined): Promise<Entry> => {
    let entry: Entry;
    try {
      entry = encode(key, object, nextRevision, options.freeze === true);
    } catch (error) {
      return Promise.reject(error);
    }
    nextRevision++;
    const event: StoreEvent = { type, entry, previous };
    const done = Promise.withResolvers<Entry>();
    queue.writes.push({ event, done });
    overlay.set(key, event);
    plan();
    return done.promise;
  };

  /** The entry that a compare-and-set replaces, or why there is none. */
  const judge = (key: string, expected: number): Entry | StoreError => {
    const entry = present(key);
    if (entry === undefined) return new StoreError('missing', `${key} does not exist`);
    if (entry.revision === expected) return entry;
    return new StoreError('conflict', `${key} is at revision ${entry.revision}, not ${expected}`, entry.revision);
  };

  return {
    async revision() {
      checkOpen();
      return history.revision;
    },
    async compactedRevision() {
      checkOpen();
      return history.compacted;
    },
    async get(key) {
      checkOpen();
      return history.get(key);
    },
    async list(prefix, listOptions) {
      checkOpen();
      return history.list(prefix, listOptions);
    },
    async create(key, object) {
      checkOpen();
      if (present(key) !== undefined) return refuse(key, new StoreError('exists', `${key} already exists`));
      return write('ADDED', key, object, undefined);
    },
    async update(key, object, expected) {
      checkOpen();
      const previous = judge(key, expected);
      if (previous instanceof StoreError) return refuse(key, previous);
      return write('MODIFIED', key, object, previous);
    },
    async delete(key, expected) {
      checkOpen();
      const previous = judge(key, expected);
      if (previous instanceof StoreError) return refuse(key, previous);
      return write('DELETED', key, previous.object, previous);
    },
    async watch<T>(prefix: string, from: number, select?: (event: StoreEvent) => T | undefined) {
      checkOpen();
      return watchers.open(prefix, history.since(prefix, from), select ?? ((event) => event as T));
    },
    async compact(revision) {
      checkOpen();
      history.compact(revision);
    },
    async close() {
      if (closed) return;
      closed = true;
      flush();
      await Promise.all(syncs);
      watchers.closeAll();
      backend.close();
    },
  };
}

function encode(key: string, object: KubeObject, revision: number, freeze: boolean): Entry {
  const stored: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  if (freeze) deepFreeze(stored);
  return { key, revision, object: stored, json: Buffer.from(JSON.stringify(stored)) };
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
}
