import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import Dockerode from 'dockerode';

/** Resolves when the engine behind the socket answers: tried now, and again whenever the socket appears or changes. */
export async function waitForEngine(socketPath: string, signal: AbortSignal): Promise<void> {
  const docker = new Dockerode({ socketPath });
  let wake = (): void => undefined;
  // The engine makes its directory entry first and listens a moment later, so every change nearby is worth a look.
  const watcher = watch(dirname(socketPath), (_event, name) => {
    if (name === null || name.startsWith(basename(socketPath, '.sock'))) wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        await docker.ping();
        return;
      } catch {
        await changed;
      }
    }
    signal.throwIfAborted();
  } finally {
    watcher.close();
    signal.removeEventListener('abort', onAbort);
  }
}
