import { systemClock } from '../util/clock.ts';
import { createRevisionedStore, type RevisionedOptions } from './revisioned.ts';
import type { Store } from './store.ts';

/** A store that lives and dies with the process. Revisions start at 1, as etcd's do. */
export function createMemoryStore(options: Partial<RevisionedOptions> = {}): Store {
  const backend = { initial: { revision: 1, entries: [] }, commit: () => undefined, close: () => undefined };
  return createRevisionedStore(backend, { clock: systemClock, ...options });
}
