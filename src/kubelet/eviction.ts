import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../api/types/core-v1.ts';
import { delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { KubeletContext, PodState } from './context.ts';
import { hasStorageLimits, type LocalStorage, storageExcess } from './pod/local-storage.ts';
import type { PodWorker } from './pod/worker.ts';

/** The eviction manager's monitoring interval. */
const periodMs = 10_000;
const blockBytes = 512;

/**
 * Evicts pods that use more local storage than they may, until the signal aborts. To be told of each pod: only those with
 * limits are measured, and without one of them nothing is.
 */
export function watchLocalStorage(
  context: KubeletContext,
  workers: ReadonlyMap<string, PodWorker>,
  signal: AbortSignal,
): (pod: Pod) => void {
  let watching = false;

  async function watch(): Promise<void> {
    for (let limited = true; limited && !signal.aborted; ) {
      await delay(context.clock, periodMs, signal).catch(() => undefined);
      limited = false;
      for (const worker of workers.values()) {
        if (signal.aborted) return;
        if (!worker.active || !hasStorageLimits(worker.state.pod)) continue;
        limited = true;
        await check(context, worker);
      }
    }
    watching = false;
  }
  return (pod) => {
    if (watching || !hasStorageLimits(pod)) return;
    watching = true;
    void watch();
  };
}

async function check(context: KubeletContext, worker: PodWorker): Promise<void> {
  try {
    const excess = storageExcess(worker.state.pod, await measured(context, worker.state));
    if (excess !== undefined) worker.evict(excess);
  } catch (thrown) {
    context.log.debug(`measuring the local storage of pod ${worker.state.uid}: ${messageOf(thrown)}`);
  }
}

async function measured({ cache, runtime, volumes }: KubeletContext, { pod, uid }: PodState): Promise<LocalStorage> {
  const own = new Map<string, number>();
  for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
    const path = emptyDir === undefined ? undefined : volumes.mounted(uid, name)?.path;
    if (path !== undefined && path !== '') own.set(name, await sizeOf(path));
  }
  const containers = new Map<string, number>();
  const found = (await cache.pod(uid)).containers.filter(({ state }) => state === 'running');
  for (const { id, name } of found) containers.set(name, await runtime.diskUsage(id));
  return { volumes: own, containers };
}

/** Bytes on disk of all that is in a directory; what goes meanwhile counts for nothing. */
async function sizeOf(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    const found = await lstat(path).catch(() => undefined);
    total += (found?.blocks ?? 0) * blockBytes;
    if (entry.isDirectory()) total += await sizeOf(path);
  }
  return total;
}
