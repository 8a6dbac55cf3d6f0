import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kindPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/**
 * Tells `changed` of every object of a kind, then of each change in the moment of its commit: before the write that caused it
 * is acknowledged, and so before anything else can be decided. `previous` is absent for what is new, `next` for what went.
 * Must not throw nor write. Ends with the store. What need not be as quick uses `follow`.
 */
export async function observe<T extends KubeObject>(
  store: Store,
  kind: Kind<T>,
  changed: (next: T | undefined, previous: T | undefined) => void,
): Promise<void> {
  const prefix = kindPrefix(kind);
  const { entries, revision } = await store.list(prefix);
  for (const { object } of entries) changed(object as T, undefined);
  // Nothing is ever selected, so the watch has no backlog and nobody needs to read it.
  await store.watch(prefix, revision, ({ type, entry, previous }) => {
    changed(type === 'DELETED' ? undefined : (entry.object as T), previous?.object as T | undefined);
    return undefined;
  });
}
