import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import tar from 'tar-stream';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { Capture, SnapshotManifest } from './snapshot.ts';

/** A fast level: volumes are large, and often compressed already. */
const level = 3;

const names = { manifest: 'snapshot.json', state: 'state.jsonl', volumes: 'volumes/', images: 'images/' } as const;

/** A snapshot with its parts unpacked into files. */
export type Snapshot = Capture & { manifest: SnapshotManifest };

/**
 * Writes a snapshot as one tar, compressed with zstd, readable by its user alone: it holds the cluster's Secrets. The file
 * appears whole or not at all.
 */
export async function writeSnapshot(path: string, { manifest, state, volumes, imageArchives }: Snapshot): Promise<void> {
  const pack = tar.pack();
  const entries = async (): Promise<void> => {
    await text1(pack, names.manifest, `${JSON.stringify(manifest, undefined, 2)}\n`);
    await text1(pack, names.state, state);
    for (const { node, file } of volumes) await file1(pack, `${names.volumes}${node}.tar`, file);
    for (const [index, file] of imageArchives.entries()) await file1(pack, `${names.images}${index}.tar`, file);
    pack.finalize();
  };
  const draft = `${path}.${process.pid}.tmp`;
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
  try {
    await Promise.all([
      pipeline(pack as unknown as Readable, compress, createWriteStream(draft, { mode: 0o600 })),
      entries().catch((thrown: Error) => void pack.destroy(thrown)),
    ]);
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}

const text1 = (pack: tar.Pack, name: string, content: string): Promise<void> =>
  new Promise((resolve, reject) => {
    pack.entry({ name, mode: 0o600 }, content, (fault) => (fault ? reject(fault) : resolve()));
  });

async function file1(pack: tar.Pack, name: string, file: string): Promise<void> {
  const entry = pack.entry({ name, mode: 0o600, size: (await stat(file)).size });
  await pipeline(createReadStream(file), entry as unknown as NodeJS.WritableStream);
}

/** What a snapshot says about itself, without reading the rest. Throws SNAPSHOT_INVALID. */
export async function readManifest(path: string): Promise<SnapshotManifest> {
  for await (const { name, content } of entriesOf(path)) {
    if (name === names.manifest) return parseManifest(await text(content), path);
    break;
  }
  throw invalid(path, `its first file is not ${names.manifest}`);
}

/** Unpacks a snapshot into files of `directory`. Throws SNAPSHOT_INVALID. */
export async function readSnapshot(path: string, directory: string): Promise<Snapshot> {
  let manifest: SnapshotManifest | undefined;
  let state: string | undefined;
  const volumes: Snapshot['volumes'] = [];
  const imageArchives: string[] = [];
  let files = 0;
  const unpack = async (content: Readable): Promise<string> => {
    const file = join(directory, `${files++}.tar`);
    await pipeline(content, createWriteStream(file, { mode: 0o600 }));
    return file;
  };
  for await (const { name, content } of entriesOf(path)) {
    if (name === names.manifest) manifest = parseManifest(await text(content), path);
    else if (name === names.state) state = await text(content);
    else if (name.startsWith(names.volumes)) {
      volumes.push({ node: name.slice(names.volumes.length).replace(/\.tar$/, ''), file: await unpack(content) });
    } else if (name.startsWith(names.images)) imageArchives.push(await unpack(content));
    else content.resume();
  }
  if (manifest === undefined || state === undefined) throw invalid(path, 'it is not whole');
  return { manifest, state, volumes, imageArchives };
}

async function* entriesOf(path: string): AsyncGenerator<{ name: string; content: Readable }> {
  const source = createReadStream(path);
  const decompress = createZstdDecompress();
  const extract = tar.extract();
  // A fault anywhere ends the extraction, whose reader then throws it.
  const feeding = pipeline(source, decompress, extract as unknown as NodeJS.WritableStream).catch(
    (thrown: Error) => void extract.destroy(thrown),
  );
  try {
    for await (const entry of extract) yield { name: entry.header.name, content: entry as unknown as Readable };
    await feeding;
  } catch (thrown) {
    if (thrown instanceof ShoalError) throw thrown;
    throw invalid(path, messageOf(thrown));
  } finally {
    source.destroy();
    decompress.destroy();
  }
}

function parseManifest(content: string, path: string): SnapshotManifest {
  let manifest: SnapshotManifest;
  try {
    manifest = JSON.parse(content) as SnapshotManifest;
  } catch (cause) {
    throw invalid(path, messageOf(cause));
  }
  if (manifest.format !== 1)
    throw invalid(path, `its format ${JSON.stringify(manifest.format)} is not known here; a newer Shoal may have made it`);
  return manifest;
}

const invalid = (path: string, why: string): ShoalError =>
  new ShoalError('SNAPSHOT_INVALID', `${path} is no snapshot that can be used: ${why}`, {
    next: 'Give a file that `shoal snapshot export` made.',
  });
