import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { watch } from 'chokidar';
import type { Clock } from '../../util/clock.ts';

/** Editors save several files at once, and some write a file twice. */
const calmMs = 150;

/**
 * Watches the files of a build context, and resolves when nothing is missed any more. Yields the changed paths (relative to
 * `directory`) each time that something has changed and it is calm again. What `.dockerignore` leaves out of the context does not
 * count. Ends when the signal aborts.
 */
export async function watchContext(
  directory: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<AsyncGenerator<string[]>> {
  const ignored = dockerignore.default().add(readIgnoreFile(directory));
  const matters = (path: string): boolean => {
    const inside = relative(directory, resolve(path));
    return inside === '' || (inside !== '.git' && !ignored.ignores(inside));
  };
  const watcher = watch(directory, { ignoreInitial: true, ignored: (path) => !matters(path) });
  let changed = new Set<string>();
  let calm = Promise.withResolvers<void>();
  let timer = clock.after(0, () => undefined);
  watcher.on('all', (_event, path) => {
    changed.add(relative(directory, path));
    timer.cancel();
    timer = clock.after(calmMs, () => calm.resolve());
  });
  const stop = (): void => calm.resolve();
  signal.addEventListener('abort', stop, { once: true });
  await new Promise<void>((ready, fail) => watcher.once('ready', ready).once('error', fail));
  return (async function* () {
    try {
      for (;;) {
        await calm.promise;
        if (signal.aborted) return;
        calm = Promise.withResolvers();
        const paths = [...changed].sort();
        changed = new Set();
        yield paths;
      }
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', stop);
      await watcher.close();
    }
  })();
}

function readIgnoreFile(directory: string): string {
  try {
    return readFileSync(join(directory, '.dockerignore'), 'utf8');
  } catch {
    return '';
  }
}
