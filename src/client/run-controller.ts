import { isConflict } from '../api/status.ts';
import type { Clock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import type { ControllerSpec } from './controller.ts';
import type { Gate } from './gate.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

export interface RunOptions {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Entered for each reconcile; default: none. */
  gate?: Gate;
}

/**
 * Runs a controller until the signal aborts: registers its handlers at once (before this returns its promise), then works
 * on keys with `spec.workers` hands. Resolves when it was told to stop and its last reconcile has ended, so a caller that
 * starts several does not await each. A failed reconcile is logged and tried again with back-off; a conflict is expected
 * and only logged at debug.
 */
export async function runController(spec: ControllerSpec, { clock, log, signal, gate }: RunOptions): Promise<void> {
  const queue = createWorkQueue(clock);
  const stop = (): void => queue.shutDown();
  if (signal.aborted) return;
  signal.addEventListener('abort', stop, { once: true });
  spec.watch((key) => queue.add(key));
  await Promise.all(Array.from({ length: spec.workers ?? 5 }, () => work(spec, queue, log.for(spec.name), signal, gate)));
}

async function work(spec: ControllerSpec, queue: WorkQueue, log: Logger, signal: AbortSignal, gate: Gate | undefined): Promise<void> {
  for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
    const wait = gate?.enter();
    if (wait !== undefined) await wait;
    try {
      const result = await spec.reconcile(key);
      queue.forget(key);
      if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
    } catch (thrown) {
      if (!signal.aborted) {
        const text = `${key}: ${messageOf(thrown)}; trying again (failure ${queue.requeues(key) + 1})`;
        if (isConflict(thrown)) log.debug(text);
        else log.warn(text);
      }
      queue.addRateLimited(key);
    } finally {
      gate?.leave();
      queue.done(key);
    }
  }
}
