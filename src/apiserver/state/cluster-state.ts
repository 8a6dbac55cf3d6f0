import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { ApiError } from '../../api/status.ts';
import { type Restored, restoreSnapshot, type StoreSnapshot, takeSnapshot } from '../../store/snapshot.ts';
import type { Entry, Store } from '../../store/store.ts';
import { adaptTo } from './adapt.ts';

/** The whole of a cluster's API state: taken out, and brought back while the cluster runs. */
export interface ClusterState {
  save(): Promise<StoreSnapshot>;
  /** Brings the state back; see `adaptTo` for what stays as it is. */
  restore(snapshot: StoreSnapshot): Promise<Restored>;
  /** The present state is what `reset` goes back to from now on. */
  mark(): Promise<void>;
  /** Throws NotFound when nothing was ever marked. */
  reset(): Promise<Restored>;
}

export interface ClusterStateOptions {
  store: Store;
  /** PEM of the cluster's authority; absent in clusters without TLS. */
  rootCA?: string;
  /** Runs a restore while no controller acts: none may see half of it, such as a ReplicaSet without its pods. */
  quietly?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Resolves when the parts of the server have made the objects that they need; awaited before a state is marked. */
  settled?: () => Promise<void>;
  /** Where the marked state is kept over restarts; absent: in memory alone. */
  file?: string;
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export function createClusterState({ store, rootCA, file, quietly = (work) => work(), settled }: ClusterStateOptions): ClusterState {
  let marked: StoreSnapshot | undefined;
  const restore = (snapshot: StoreSnapshot): Promise<Restored> =>
    quietly(async () => {
      const restored = await restoreSnapshot(store, snapshot, adaptTo(snapshot, rootCA));
      // Caches in this process are a few more promises away than the store's own watches.
      await new Promise((resolve) => setImmediate(resolve));
      return restored;
    });
  return {
    save: () => takeSnapshot(store),
    restore,
    async mark() {
      await settled?.();
      marked = await takeSnapshot(store);
      if (file === undefined) return;
      await writeFile(`${file}.tmp`, await compress(encodeState(marked)), { mode: 0o600 });
      await rename(`${file}.tmp`, file);
    },
    async reset() {
      if (marked === undefined && file !== undefined) {
        const kept = await readFile(file).catch(() => undefined);
        if (kept !== undefined) marked = decodeState((await decompress(kept)).toString());
      }
      if (marked === undefined) throw new ApiError('NotFound', 'this cluster has no marked state to go back to');
      return restore(marked);
    },
  };
}

/** One line an object, `["<key>",<object>]`, after a line with the revision. Entries' own bytes are used as they are. */
export function encodeState({ revision, entries }: StoreSnapshot): Buffer {
  const parts = entries.flatMap(({ key, json }) => [Buffer.from(`[${JSON.stringify(key)},`), json, Buffer.from(']\n')]);
  return Buffer.concat([Buffer.from(`${revision}\n`), ...parts]);
}

/** Throws SyntaxError when the text is not what {@link encodeState} makes. */
export function decodeState(text: string): StoreSnapshot {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  return { revision: Number(first), entries: lines.map((line) => entryOf(...(JSON.parse(line) as [string, Entry['object']]))) };
}

/** An entry of a snapshot that came from elsewhere. */
export const entryOf = (key: string, object: Entry['object']): Entry => ({
  key,
  revision: Number(object.metadata.resourceVersion ?? 0),
  object,
  json: Buffer.from(JSON.stringify(object)),
});
