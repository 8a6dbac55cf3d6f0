import type { Store } from '../store/store.ts';
import type { TimelineRecord } from '../timeline/timeline.ts';

/**
 * Hands the timeline every write of the store from now on. It watches the store and not the API, because only there are the
 * writes of all kinds in one order; it is called as they happen and keeps no queue of its own there.
 */
export async function record(store: Store, timeline: TimelineRecord): Promise<void> {
  const { entries, revision } = await store.list('/');
  timeline.begin(entries, revision);
  await store.watch<never>('/', revision, ({ type, entry: { key, revision: written, object }, previous }) => {
    timeline.take({ type, key, revision: written, object, ...(previous === undefined ? {} : { previous: previous.object }) });
    return undefined;
  });
}
