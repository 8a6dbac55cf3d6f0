import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ProjectedFile {
  data: Buffer;
  mode: number;
  /** Owner, where a token is to be read by one user (and by the pod's group, where it has one). */
  uid?: number;
}

/** File contents by relative path. */
export type Payload = ReadonlyMap<string, ProjectedFile>;

/** Owner group and permissions that fsGroup asks for. */
export interface Ownership {
  gid: number;
}

const dataLink = '..data';
const groupReadable = 0o440;
const groupDirectory = 0o2550;

/**
 * Puts a payload into a volume so that readers see all of the old or all of the new (upstream's AtomicWriter): files live in
 * a dated directory, `..data` links to it, and each top-level name links through `..data`.
 */
export async function writeAtomically(target: string, payload: Payload, now: number, ownership?: Ownership): Promise<void> {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
  const directory = await mkdtemp(join(target, `..${stamp}.`));
  await chmod(directory, 0o755);
  for (const [path, file] of payload) {
    const full = join(directory, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, file.data);
    if (file.uid !== undefined || ownership !== undefined) await chown(full, file.uid ?? -1, ownership?.gid ?? -1);
    await chmod(full, ownership === undefined ? file.mode : file.mode | groupReadable);
  }
  if (ownership !== undefined) {
    for (const made of [directory, ...directoriesOf(payload).map((path) => join(directory, path))]) {
      await chown(made, -1, ownership.gid);
      await chmod(made, 0o755 | groupDirectory);
    }
  }

  const old = await readlink(join(target, dataLink)).catch(() => undefined);
  const temporary = join(target, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(directory.slice(target.length + 1), temporary);
  await rename(temporary, join(target, dataLink));

  const names = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? path));
  for (const name of await readdir(target)) {
    if (!name.startsWith('..') && !names.has(name)) await unlink(join(target, name));
  }
  for (const name of names) {
    const link = join(target, name);
    const present = await lstat(link).catch(() => undefined);
    if (present === undefined) await symlink(join(dataLink, name), link);
  }
  if (old !== undefined) await rm(join(target, old), { recursive: true, force: true });
}

/** Every directory that the files of a payload are in, below its root. */
const directoriesOf = (payload: Payload): string[] => [
  ...new Set(
    [...payload.keys()].flatMap((path) => {
      const parts = path.split('/').slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  ),
];

/** Tells whether two payloads would be the same files. */
export function samePayload(a: Payload | undefined, b: Payload): boolean {
  if (a === undefined || a.size !== b.size) return false;
  for (const [path, file] of b) {
    const other = a.get(path);
    if (other === undefined || other.mode !== file.mode || other.uid !== file.uid || !other.data.equals(file.data)) return false;
  }
  return true;
}
