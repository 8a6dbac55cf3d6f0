import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const fileBits = 0o660;
const directoryBits = 0o2770;

/**
 * Gives a volume to its pod's fsGroup (SetVolumeOwnership): group, group read and write, set-group-id on directories. With
 * `OnRootMismatch` only when the root is not so already.
 */
export async function setOwnership(path: string, gid: number, policy: string | undefined): Promise<void> {
  const root = await lstat(path);
  if (policy === 'OnRootMismatch' && root.gid === gid && (root.mode & directoryBits) === directoryBits) return;
  await give(path);

  async function give(entry: string): Promise<void> {
    const found = await lstat(entry);
    if (found.isDirectory()) for (const name of await readdir(entry)) await give(join(entry, name));
    await lchown(entry, found.uid, gid);
    if (!found.isSymbolicLink()) await chmod(entry, (found.mode & 0o7777) | (found.isDirectory() ? directoryBits : fileBits));
  }
}
