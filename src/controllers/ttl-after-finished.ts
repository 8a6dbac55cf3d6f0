import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Job } from '../api/types/batch-v1.ts';
import type { StartController } from './context.ts';
import { isFinished } from './job/outcome.ts';
import { findCondition } from './lib/conditions.ts';
import { isDeleting, nameOf, timeOf, uidOf } from './lib/objects.ts';

/** When a finished Job may be deleted; undefined when it may stay. */
export function expiresAt(job: Job): number | undefined {
  const seconds = job.spec?.ttlSecondsAfterFinished;
  if (seconds === undefined || !isFinished(job) || isDeleting(job)) return undefined;
  const done = ['Complete', 'Failed']
    .map((type) => findCondition(job.status?.conditions, type))
    .find((condition) => condition?.status === 'True');
  return timeOf(done?.lastTransitionTime) + seconds * 1000;
}

/** Deletes Jobs `ttlSecondsAfterFinished` after they ended, with their pods. */
export const ttlAfterFinishedController: StartController = ({ client, clock, informers }) => {
  const jobs = informers.informer(kinds.Job);
  return {
    name: 'ttl-after-finished-controller',
    watch(enqueue) {
      const consider = (job: Job): void => {
        if (expiresAt(job) !== undefined) enqueue(keyOf(job));
      };
      jobs.on({ add: consider, update: consider });
    },
    async reconcile(key) {
      const job = jobs.get(key);
      const at = job === undefined ? undefined : expiresAt(job);
      if (job === undefined || at === undefined) return undefined;
      if (at > clock.now()) return { requeueAfterMs: at - clock.now() };
      const fresh = await client.get(kinds.Job, nameOf(job), job.metadata.namespace).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      const due = fresh === undefined ? undefined : expiresAt(fresh);
      if (fresh === undefined || due === undefined || uidOf(fresh) !== uidOf(job)) return undefined;
      if (due > clock.now()) return { requeueAfterMs: due - clock.now() };
      await client
        .delete(kinds.Job, nameOf(job), job.metadata.namespace, { propagationPolicy: 'Foreground', preconditions: { uid: uidOf(job) } })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      return undefined;
    },
  };
};
