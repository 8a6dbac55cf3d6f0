import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readManifest, readSnapshot, type Snapshot, writeSnapshot } from '../../../src/cluster/snapshots/archive.ts';
import { existingSnapshotFile, listSnapshots, newSnapshotFile } from '../../../src/cluster/snapshots/files.ts';
import { defaultClusterSpec } from '../../../src/cluster/spec.ts';

const directory = await mkdtemp(join(tmpdir(), 'shoal-archive-'));
afterAll(() => rm(directory, { recursive: true }));

async function sample(name: string): Promise<Snapshot> {
  const [volume, image] = [join(directory, 'volume'), join(directory, 'image')];
  await writeFile(volume, Buffer.alloc(300_000, 7));
  await writeFile(image, 'an image');
  return {
    manifest: {
      format: 1,
      name,
      cluster: 'lab',
      simulated: false,
      createdAt: '2026-01-01T00:00:00.000Z',
      shoal: '0.1.0',
      spec: defaultClusterSpec('lab', 1),
      nodes: ['lab-control-plane', 'lab-worker'],
      objects: 2,
      pods: 1,
      images: ['web:v1'],
      volumes: [{ node: 'lab-worker', bytes: 300_000 }],
    },
    state: '7\n["/core/pods/default/a",{"metadata":{"name":"ü"}}]\n',
    volumes: [{ node: 'lab-worker', file: volume }],
    imageArchives: [image],
  };
}

test('what is written is read again, and says about itself what it is without being read whole', async () => {
  const file = await newSnapshotFile(join(directory, 'kept'), 'one');
  const written = await sample('one');
  await writeSnapshot(file, written);
  const read = await readSnapshot(file, directory);
  expect({ manifest: read.manifest, state: read.state }).toEqual({ manifest: written.manifest, state: written.state });
  expect(read.volumes.map(({ node }) => node)).toEqual(['lab-worker']);
  expect(await readFile(read.volumes[0]?.file ?? '')).toEqual(Buffer.alloc(300_000, 7));
  expect(await readFile(read.imageArchives[0] ?? '', 'utf8')).toBe('an image');
  expect(await readManifest(file)).toEqual(written.manifest);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('it is one tar, compressed with zstd, that other programs can read', async () => {
  const file = join(directory, 'plain');
  await writeSnapshot(file, await sample('plain'));
  const tar = zstdDecompressSync(await readFile(file));
  expect(tar.subarray(0, 13).toString()).toBe('snapshot.json');
  expect(tar.subarray(257, 262).toString()).toBe('ustar');
});

test('snapshots are listed by the names of their files, and other files are left out', async () => {
  const kept = join(directory, 'listed');
  await writeSnapshot(await newSnapshotFile(kept, 'renamed'), await sample('one'));
  await writeFile(join(kept, 'broken.tar.zst'), 'no snapshot');
  expect((await listSnapshots(kept)).map(({ name, bytes }) => [name, bytes > 0])).toEqual([['renamed', true]]);
  expect(await listSnapshots(join(directory, 'nowhere'))).toEqual([]);
  await expect(newSnapshotFile(kept, 'renamed')).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
  await expect(existingSnapshotFile(kept, 'other')).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' });
  await expect(existingSnapshotFile(kept, '../etc')).rejects.toMatchObject({ code: 'USAGE' });
});

test.each<[string, (whole: Buffer) => Buffer]>([
  ['is something else', () => Buffer.from('hello')],
  ['is empty', () => Buffer.alloc(0)],
  ['is cut short', (whole) => whole.subarray(0, whole.length / 2)],
])('a file that %s is refused', async (_, damage) => {
  const file = join(directory, 'damaged');
  await writeSnapshot(file, await sample('one'));
  await writeFile(file, damage(await readFile(file)));
  await expect(readSnapshot(file, directory)).rejects.toMatchObject({ code: 'SNAPSHOT_INVALID' });
});

test('a format of later is refused with what to do', async () => {
  const file = join(directory, 'later');
  const later = await sample('one');
  await writeSnapshot(file, { ...later, manifest: { ...later.manifest, format: 2 as 1 } });
  await expect(readManifest(file)).rejects.toMatchObject({ code: 'SNAPSHOT_INVALID', message: expect.stringContaining('newer Shoal') });
});
