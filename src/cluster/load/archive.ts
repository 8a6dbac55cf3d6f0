import { createReadStream, createWriteStream } from 'node:fs';
import { posix } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

/** One image of a `docker save` archive: its tags, and its layers as pairs of diff id and path in the archive, lowest first. */
export interface ArchivedImage {
  id: string;
  tags: string[];
  layers: { diffId: string; path: string }[];
}

/** Writes a stream to a file; a save stream is read once and sent to many nodes. */
export const spool = (source: Readable, path: string): Promise<void> => pipeline(source, createWriteStream(path, { mode: 0o600 }));

/** Reads what an archive holds (`manifest.json` and the images' configurations). Throws when it is no `docker save` archive. */
export async function readArchive(path: string): Promise<ArchivedImage[]> {
  const small = new Map<string, Buffer>();
  const links = new Map<string, string>();
  await eachEntry(createReadStream(path), async (header, content) => {
    if (header.type === 'symlink' && header.linkname !== undefined && header.linkname !== null) {
      links.set(header.name, posix.join(posix.dirname(header.name), header.linkname));
    }
    // Configurations are a few kilobytes; what is larger is a layer.
    if (header.type !== 'file' || (header.size ?? 0) > 4_000_000 || header.name.endsWith('.tar')) return void content.resume();
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    small.set(header.name, Buffer.concat(chunks));
  });
  const manifest = small.get('manifest.json');
  if (manifest === undefined) throw new Error('it has no manifest.json, so it is no archive of docker save');
  const entries = JSON.parse(manifest.toString()) as { Config: string; RepoTags: string[] | null; Layers: string[] }[];
  return entries.map((entry) => {
    const config = small.get(entry.Config);
    if (config === undefined) throw new Error(`it lacks the configuration ${entry.Config}`);
    const { rootfs } = JSON.parse(config.toString()) as { rootfs: { diff_ids: string[] } };
    return {
      id: `sha256:${posix.basename(entry.Config).replace(/\.json$/, '')}`,
      tags: entry.RepoTags ?? [],
      layers: rootfs.diff_ids.map((diffId, index) => {
        const layer = entry.Layers[index] ?? '';
        return { diffId, path: links.get(layer) ?? layer };
      }),
    };
  });
}

/**
 * The layer files that a node need not be sent: `docker load` opens a layer only when the chain up to it is not there yet.
 * `present` holds the layer lists of the node's images.
 */
export function layersToLeaveOut(images: readonly ArchivedImage[], present: readonly (readonly string[])[]): Set<string> {
  const needed = new Set<string>();
  const spare = new Set<string>();
  for (const { layers } of images) {
    const known = Math.max(0, ...present.map((other) => commonPrefix(layers, other)));
    for (const [index, { path }] of layers.entries()) (index < known ? spare : needed).add(path);
  }
  // The same file may be a known layer of one image and sit on unknown ground in another.
  return spare.difference(needed);
}

function commonPrefix(layers: ArchivedImage['layers'], other: readonly string[]): number {
  let length = 0;
  while (length < layers.length && layers[length]?.diffId === other[length]) length++;
  return length;
}

/** The archive without some of its files. */
export function archiveWithout(path: string, left: ReadonlySet<string>): Readable {
  const source = createReadStream(path);
  if (left.size === 0) return source;
  const pack = tar.pack();
  const output = new PassThrough();
  (pack as unknown as Readable).pipe(output);
  void eachEntry(source, async (header, content) => {
    if (left.has(header.name)) return void content.resume();
    const entry = pack.entry({ ...header, pax: null }) as unknown as NodeJS.WritableStream;
    await pipeline(content as unknown as Readable, entry);
  }).then(
    () => pack.finalize(),
    (thrown: Error) => output.destroy(thrown),
  );
  return output;
}

type Content = NodeJS.ReadableStream & AsyncIterable<Uint8Array>;

async function eachEntry(source: Readable, on: (header: tar.Header, content: Content) => Promise<void>): Promise<void> {
  const extract = tar.extract();
  source.once('error', (cause) => extract.destroy(cause));
  source.pipe(extract as unknown as NodeJS.WritableStream);
  for await (const entry of extract) await on(entry.header, entry as unknown as Content);
}
