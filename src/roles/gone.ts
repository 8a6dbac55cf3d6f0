import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Resolves when there is no file at `path`; at once when there is none already. */
export function gone(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const directory = dirname(path);
    if (!existsSync(directory)) return resolve();
    const look = (): void => {
      if (existsSync(path)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(directory, look);
    watcher.once('error', reject);
    look();
  });
}
