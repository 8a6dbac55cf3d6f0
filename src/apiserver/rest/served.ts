import type { KubeObject } from '../../api/object.ts';
import type { Entry } from '../../store/store.ts';
import type { Resource } from '../resources.ts';

/** An entry in the form that is served; the stored bytes stay with it where they still fit. */
export type Served = Omit<Entry, 'json'> & { readonly json?: Buffer };

/** Stored entries as the resource serves them. Entries that need no conversion are answered as they are. */
export function servedEntries({ convert }: Resource, entries: readonly Entry[]): readonly Served[] | Promise<readonly Served[]> {
  return convert === undefined ? entries : converted(convert, entries);
}

async function converted(convert: NonNullable<Resource['convert']>, entries: readonly Entry[]): Promise<readonly Served[]> {
  const stored = entries.map(({ object }) => object);
  const objects = await (convert.fromStorageAll?.(stored) ?? Promise.all(stored.map((object) => convert.fromStorage(object))));
  return entries.map((entry, index) => withObject(entry, objects[index] ?? entry.object));
}

/** One stored object as the resource serves it. */
export const servedObject = ({ convert }: Resource, object: KubeObject): KubeObject | Promise<KubeObject> =>
  convert === undefined ? object : convert.fromStorage(object);

function withObject(entry: Entry, object: KubeObject): Served {
  if (object === entry.object) return entry;
  const { key, revision } = entry;
  return { key, revision, object };
}
