import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import { type Entry, type Store, StoreError } from './store.ts';

/** Everything that a store held at one revision. Objects and bytes are the store's own, shared and never changed. */
export interface StoreSnapshot {
  readonly revision: number;
  /** In the order of their keys. */
  readonly entries: readonly Entry[];
}

export interface RestoreOptions {
  /** Which keys are left as they are now, whatever the snapshot says of them. */
  keep?(key: string, present: KubeObject | undefined): boolean;
  /** What an object becomes here, given what its key holds now; undefined leaves the key as it is. Default: as in the snapshot. */
  adapt?(object: KubeObject, present: KubeObject | undefined): Adapted | undefined;
}

export interface Adapted {
  object: KubeObject;
  /** It is removed and made again even though it is the same one: who watches has to begin anew with it. */
  anew?: boolean;
}

/** How many objects were made, written over and removed; one that was replaced by another of its name counts as both. */
export interface Restored {
  added: number;
  modified: number;
  deleted: number;
}

/** Each further try is about keys that somebody else wrote to in the same moment. */
const longestRace = 100;

export async function takeSnapshot(store: Store): Promise<StoreSnapshot> {
  const { entries, revision } = await store.list('/');
  return { revision, entries };
}

/**
 * Brings the store's content to what the snapshot holds. Only what differs is written, all of it before anything else can be,
 * and the revision line goes on: watchers see ordinary events and nothing has to start anew. An object that was deleted and
 * made again since (another uid) is removed first. Resolves when whoever watches in this process has been woken.
 */
export async function restoreSnapshot(store: Store, snapshot: StoreSnapshot, options: RestoreOptions = {}): Promise<Restored> {
  const wanted = new Map(snapshot.entries.map((entry) => [entry.key, entry]));
  const restored: Restored = { added: 0, modified: 0, deleted: 0 };
  let present = new Map((await store.list('/')).entries.map((entry) => [entry.key, entry]));
  // What goes comes first: it may hold what is to come.
  const kept = (key: string): boolean => options.keep?.(key, present.get(key)?.object) === true;
  let keys = [...new Set([...present.keys(), ...wanted.keys()])].filter((key) => !kept(key));
  keys.sort((a, b) => Number(wanted.has(a)) - Number(wanted.has(b)));
  for (let race = 0; keys.length > 0; race++) {
    if (race === longestRace) throw new Error(`${keys[0]} is written to faster than it can be restored`);
    const results = await Promise.allSettled(
      keys.flatMap((key) => writesOf(store, key, present.get(key), wanted.get(key), options, restored)),
    );
    const lost = new Set<string>();
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      if (!(result.reason instanceof LostRace)) throw result.reason;
      lost.add(result.reason.key);
    }
    keys = [...lost];
    present = new Map();
    for (const key of keys) {
      const entry = await store.get(key);
      if (entry !== undefined) present.set(key, entry);
    }
  }
  // Whoever follows the store takes its events in microtasks; by the next turn they all have.
  await new Promise((resolve) => setImmediate(resolve));
  return restored;
}

class LostRace extends Error {
  readonly key: string;

  constructor(key: string, cause: StoreError) {
    super(cause.message, { cause });
    this.key = key;
  }
}

/** Begins what one key needs; nothing is awaited in between, so that all keys' writes are one batch. */
function writesOf(
  store: Store,
  key: string,
  present: Entry | undefined,
  wanted: Entry | undefined,
  options: RestoreOptions,
  restored: Restored,
): Promise<void>[] {
  const write = async (kind: keyof Restored, done: Promise<Entry>): Promise<void> => {
    try {
      await done;
      restored[kind]++;
    } catch (thrown) {
      throw thrown instanceof StoreError && thrown.code !== 'closed' ? new LostRace(key, thrown) : thrown;
    }
  };
  if (wanted === undefined) return present === undefined ? [] : [write('deleted', store.delete(key, present.revision))];
  if (present !== undefined && present.json === wanted.json && options.adapt === undefined) return [];
  const adapted = options.adapt === undefined ? { object: wanted.object } : options.adapt(wanted.object, present?.object);
  if (adapted === undefined) return [];
  const { object, anew = false } = adapted;
  if (present === undefined) return [write('added', store.create(key, object))];
  if (anew || present.object.metadata.uid !== object.metadata.uid) {
    return [write('deleted', store.delete(key, present.revision)), write('added', store.create(key, object))];
  }
  if (sameContent(present.object, object)) return [];
  return [write('modified', store.update(key, object, present.revision))];
}

/** Whether two states of an object differ in their revision at most. */
function sameContent(a: KubeObject, b: KubeObject): boolean {
  const { resourceVersion: _a, ...left } = a.metadata;
  const { resourceVersion: _b, ...right } = b.metadata;
  return isDeepStrictEqual({ ...a, metadata: left }, { ...b, metadata: right });
}
