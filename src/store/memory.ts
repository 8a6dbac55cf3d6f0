import { systemClock } from '../util/clock.ts';
import { createRevisionedStore, type RevisionedOptions } from './revisioned.ts';
import type { StoreSnapshot } from './snapshot.ts';
import type { Store } from './store.ts';

export interface MemoryOptions extends Partial<RevisionedOptions> {
  /** What it holds from the start: a fork of another store, which shares the objects and goes its own way. Default: nothing. */
  from?: StoreSnapshot;
}

/** A store that lives and dies with the process. Revisions start at 1, as etcd's do. */
export function createMemoryStore({ from, ...options }: MemoryOptions = {}): Store {
  const initial = from ?? { revision: 1, entries: [] };
  const backend = { initial, commit: () => undefined, close: () => undefined };
  return createRevisionedStore(backend, { clock: systemClock, ...options });
}
