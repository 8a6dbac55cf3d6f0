import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ShoalError } from '../../util/errors.ts';
import { unlessMissing } from '../simulated/files.ts';
import { readManifest } from './archive.ts';
import type { SnapshotManifest } from './snapshot.ts';

const suffix = '.tar.zst';

/** `$XDG_STATE_HOME/shoal/snapshots`, by default below `~/.local/state`. */
export const snapshotsDirectory = (env: Record<string, string | undefined>): string =>
  join(env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state'), 'shoal', 'snapshots');

/** A snapshot's file, there or not. Throws USAGE when the name could not be one. */
export function snapshotFile(directory: string, name: string): string {
  if (!/^[a-zA-Z0-9][\w.-]{0,99}$/.test(name)) {
    throw new ShoalError('USAGE', `"${name}" cannot be the name of a snapshot`, {
      next: 'Use letters, digits, dashes, dots and underscores, at most 100.',
    });
  }
  return join(directory, name + suffix);
}

/** Throws SNAPSHOT_EXISTS. */
export async function newSnapshotFile(directory: string, name: string): Promise<string> {
  const file = snapshotFile(directory, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await stat(file).catch(unlessMissing)) === undefined) return file;
  throw new ShoalError('SNAPSHOT_EXISTS', `there is a snapshot ${name} already`, {
    next: `Remove it with \`shoal snapshot delete ${name}\`, or choose another name.`,
  });
}

/** Throws SNAPSHOT_NOT_FOUND. */
export async function existingSnapshotFile(directory: string, name: string): Promise<string> {
  const file = snapshotFile(directory, name);
  if ((await stat(file).catch(unlessMissing)) !== undefined) return file;
  throw new ShoalError('SNAPSHOT_NOT_FOUND', `there is no snapshot ${name}`, { next: 'List them with `shoal snapshot list`.' });
}

export interface KeptSnapshot extends SnapshotManifest {
  file: string;
  /** Of the compressed file. */
  bytes: number;
}

/** All snapshots, newest first. Files that are none are left out. */
export async function listSnapshots(directory: string): Promise<KeptSnapshot[]> {
  const names = ((await readdir(directory).catch(unlessMissing)) ?? []).filter((name) => name.endsWith(suffix));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = join(directory, name);
      const manifest = await readManifest(file).catch(() => undefined);
      // The file's name counts: it may have been copied here under another.
      return manifest === undefined ? [] : [{ ...manifest, name: name.slice(0, -suffix.length), file, bytes: (await stat(file)).size }];
    }),
  );
  return found.flat().sort((a, b) => (a.createdAt > b.createdAt ? -1 : 1));
}

export async function deleteSnapshot(directory: string, name: string): Promise<void> {
  await rm(await existingSnapshotFile(directory, name));
}
