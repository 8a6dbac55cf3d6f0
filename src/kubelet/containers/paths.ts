import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../api/types/core-v1.ts';

/** `<root>/pods/<uid>`, as upstream lays it out. */
export const podDir = (podsDir: string, uid: string): string => join(podsDir, uid);
/** Where Localhost seccomp profiles are: `<root>/seccomp`. */
export const seccompDir = (podsDir: string): string => join(podsDir, '..', 'seccomp');
export const hostsPath = (podsDir: string, uid: string): string => join(podsDir, uid, 'etc-hosts');
export const messagePath = (podsDir: string, uid: string, container: string, attempt: number): string =>
  join(podsDir, uid, 'containers', container, String(attempt));

/** The empty file, writable by any user, that a container finds at its terminationMessagePath. */
export async function terminationPath(podsDir: string, pod: Pod, container: string, attempt: number): Promise<string> {
  const path = messagePath(podsDir, pod.metadata.uid ?? '', container, attempt);
  await mkdir(join(path, '..'), { recursive: true });
  await (await open(path, 'w')).close();
  await chmod(path, 0o666);
  return path;
}
