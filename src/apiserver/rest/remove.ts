import type { Entry } from '../../store/store.ts';
import type { Call } from './call.ts';

/** Takes the entry out of the store and gives back what the object held beside itself. Store errors pass through. */
export async function removeEntry(call: Call, entry: Entry): Promise<Entry> {
  const last = await call.rest.store.delete(entry.key, entry.revision);
  await call.rest.hooks(call.resource.kind)?.afterDelete(last.object);
  return last;
}
