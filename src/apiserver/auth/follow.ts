import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kindPrefix } from '../../store/keys.ts';
import { type Store, StoreError } from '../../store/store.ts';

export interface FollowHandlers<T> {
  /** A new or changed object; `previous` is the state that this handler was given before. */
  set(object: T, previous: T | undefined): void;
  remove(last: T): void;
}

/**
 * Keeps `handlers` told of every object of a kind: first the present ones, then each change as it commits. Resolves when the
 * present state has been handed over. Ends with the store. An index inside the server uses this where a client would use
 * an informer.
 */
export async function follow<T extends KubeObject>(store: Store, kind: Kind<T>, handlers: FollowHandlers<T>): Promise<void> {
  const prefix = kindPrefix(kind);
  const known = new Map<string, T>();
  const set = (key: string, object: T): void => {
    const previous = known.get(key);
    if (previous === object) return;
    known.set(key, object);
    handlers.set(object, previous);
  };
  const remove = (key: string): void => {
    const last = known.get(key);
    if (last === undefined) return;
    known.delete(key);
    handlers.remove(last);
  };
  const catchUp = async (): Promise<number> => {
    const { entries, revision } = await store.list(prefix);
    const present = new Set(entries.map(({ key }) => key));
    for (const key of [...known.keys()]) if (!present.has(key)) remove(key);
    for (const { key, object } of entries) set(key, object as T);
    return revision;
  };
  const run = async (from: number): Promise<void> => {
    for (let revision = from; ; ) {
      try {
        for await (const { type, entry } of await store.watch(prefix, revision)) {
          if (type === 'DELETED') remove(entry.key);
          else set(entry.key, entry.object as T);
        }
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.code !== 'compacted') return;
        revision = await catchUp();
      }
    }
  };
  // A fault here would leave the server deciding on old rules, so it is left unhandled and ends the process.
  void run(await catchUp());
}
