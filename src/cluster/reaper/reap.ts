import { type Clock, delay } from '../../util/clock.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import type { ClusterDriver } from '../driver.ts';
import { hasExpired, type Lifetime } from '../lifetime.ts';
import { untilGone } from './parent.ts';
import type { ReaperTask } from './spawn.ts';

/** Timers do not count the time that a machine sleeps, so the clock is looked at again this often. */
const longestWaitMs = 60_000;
/** An engine that is being restarted answers again within this; after it, the next command has to clear away. */
const tries = 60;
const retryMs = 5000;

export interface ReapContext {
  /** Asked for when the task is due: what waits for hours should hold little. */
  clusters(): Promise<Pick<ClusterDriver, 'down' | 'lifetime'>>;
  clock: Clock;
  log: Logger;
  signal?: AbortSignal;
}

/** Waits until the task is due, and removes the cluster. Resolves to whether it removed anything. */
export async function reap(context: ReapContext, task: ReaperTask): Promise<boolean> {
  const meant = ({ instance }: Lifetime): boolean => task.instance === undefined || instance === undefined || instance === task.instance;
  if (task.when === 'parent-dies') {
    await untilGone(task.parent, context.clock, context.signal);
    return persistently(context, async () => (await context.clusters()).down(task.cluster, meant));
  }
  for (let expires = task.expires; ; ) {
    await until(context, expires);
    const found = await persistently(context, () => lifetimeOf(context, task.cluster));
    // It may have been extended meanwhile, or be gone.
    if (found?.expires === undefined || !meant(found)) return false;
    const expired = hasExpired(context.clock.now());
    if (expired(found))
      return persistently(context, async () => (await context.clusters()).down(task.cluster, (one) => meant(one) && expired(one)));
    expires = found.expires;
  }
}

async function until({ clock, signal }: ReapContext, time: number): Promise<void> {
  for (let left = time - clock.now(); left > 0; left = time - clock.now()) await delay(clock, Math.min(left, longestWaitMs), signal);
}

async function lifetimeOf({ clusters }: ReapContext, cluster: string): Promise<Lifetime | undefined> {
  try {
    return await (await clusters()).lifetime(cluster);
  } catch (thrown) {
    if (thrown instanceof ShoalError && thrown.code === 'CLUSTER_NOT_FOUND') return undefined;
    throw thrown;
  }
}

async function persistently<T>({ clock, log, signal }: ReapContext, work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (thrown) {
      if (tried === tries || signal?.aborted === true) throw thrown;
      log.warn(`${messageOf(thrown)}; again in ${retryMs / 1000} s`);
      await delay(clock, retryMs, signal);
    }
  }
}
