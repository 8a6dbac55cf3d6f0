import { semanticEqual } from '../../api/deep-equal.ts';
import { omittedAtZero, omitZero } from '../../api/defaults/zero.ts';
import { selectorFrom } from '../../api/labels.ts';
import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { Job, JobStatus } from '../../api/types/batch-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { ReconcileResult } from '../../client/controller.ts';
import { controllerOf } from '../../client/owner.ts';
import { modifyObject } from '../../client/retry.ts';
import { timestamp } from '../../util/clock.ts';
import type { StartController } from '../context.ts';
import { allSettled, slowStartBatch } from '../lib/batch.ts';
import { claimObjects } from '../lib/claim.ts';
import { createExpectations } from '../lib/expectations.ts';
import { candidatesOf, podInformer } from '../lib/indexes.ts';
import { hasSpec, isDeleting, uidOf, type WithSpec } from '../lib/objects.ts';
import { createOwnWrites } from '../lib/own-writes.ts';
import { createPodControl, isNamespaceTerminating } from '../lib/pod-control.ts';
import { ownerKeyOf, watchOwned } from '../lib/watch-owned.ts';
import { type BackoffRecord, backoffLeft, finishTime, recordAfter } from './backoff.ts';
import { judgeFailure } from './failure-policy.ts';
import { jobPod, planPods } from './manage.ts';
import { deadlineLeft, isFinished, type Outcome, outcomeOf } from './outcome.ts';
import { addFinal, addInterim, announceFinished, applySuspend, countReleased, hasUncounted } from './status.ts';
import { failureCount, isIndexed, type Tally, tally, trackingFinalizer } from './tally.ts';

const defaultManager = 'kubernetes.io/job-controller';

/** Runs pods until enough of them have succeeded, or too many failed. */
export const jobController: StartController = ({ client, clock, informers, recorder: recorderFor }) => {
  const jobs = informers.informer(kinds.Job);
  const pods = podInformer(informers);
  const recorder = recorderFor('job-controller');
  const podControl = createPodControl(client, recorder);
  const expectations = createExpectations(clock);
  const writes = createOwnWrites<Job>(clock);
  const backoffs = new Map<string, BackoffRecord>();
  /** UIDs of pods whose finalizer was removed, until the informer shows it. */
  const released = new Set<string>();

  const jobKey = (pod: Pod): string | undefined => ownerKeyOf(pod, kinds.Job);
  const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) === true && !released.has(uidOf(pod));

  async function release(pod: Pod): Promise<void> {
    await modifyObject({ client, clock }, kinds.Pod, pod, (copy) => {
      copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((name) => name !== trackingFinalizer);
    });
    released.add(uidOf(pod));
  }

  /** Pods of a Job that is gone, or was replaced by another of its name, must not be held by its finalizer. */
  async function releaseOrphans(key: string, job: Job | undefined): Promise<void> {
    const namespace = key.slice(0, key.indexOf('/'));
    const orphans = pods
      .list(namespace)
      .filter((pod) => isTracked(pod) && jobKey(pod) === key && controllerOf(pod)?.uid !== job?.metadata.uid);
    await allSettled(orphans.map(release));
  }

  /** `uncounted` pods are let go of first: what the Job itself has no more use for (it was suspended, say) is no failure. */
  async function removePods(key: string, job: Job, doomed: readonly Pod[], how: 'counted' | 'uncounted'): Promise<void> {
    expectations.expectDeletions(key, doomed.map(keyOf));
    await allSettled(
      doomed.map(async (pod) => {
        try {
          if (how === 'uncounted' && isTracked(pod)) await release(pod);
          await podControl.delete(pod, job);
        } catch (error) {
          expectations.deletionObserved(key, keyOf(pod));
          if (!isNotFound(error)) throw error;
        }
      }),
    );
  }

  /** Creates or deletes pods; answers how long creation still has to wait. */
  async function manage(key: string, job: WithSpec<Job>, counts: Tally, claimed: readonly Pod[], record: BackoffRecord): Promise<number> {
    const plan = planPods(job, counts, claimed, clock.now());
    if (plan.remove.length > 0) await removePods(key, job, plan.remove, 'uncounted');
    if (plan.create === 0) return 0;
    const perIndex = job.spec.backoffLimitPerIndex !== undefined;
    const wait = perIndex ? 0 : backoffLeft(record, clock.now());
    if (wait > 0) return wait;
    const todo: { index: number | undefined; previous: Pod | undefined }[] = isIndexed(job)
      ? plan.indexes.map((index) => ({ index, previous: counts.awaitingSuccessor.get(index) }))
      : Array.from({ length: plan.create }, () => ({ index: undefined, previous: undefined }));
    const waits = todo.map(({ previous }) => (perIndex && previous !== undefined ? indexWait(previous) : 0));
    const due = todo.filter((_, at) => waits[at] === 0);
    expectations.expectCreations(key, due.length);
    const { successes, error } = await slowStartBatch(due.length, async (at) => {
      const { index, previous } = due[at] ?? {};
      const ignored = previous !== undefined && judgeFailure(job, previous).action === 'Ignore';
      await podControl.create(jobPod(job, index, previous, ignored), job);
    });
    for (let missing = successes; missing < due.length; missing++) expectations.creationObserved(key);
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    const later = waits.filter((each) => each > 0);
    return later.length === 0 ? 0 : Math.min(...later);
  }

  const indexWait = (previous: Pod): number =>
    backoffLeft({ failures: failureCount(previous) + 1, lastFailure: finishTime(previous, clock.now()) }, clock.now());

  /** Writes the status where it differs; answers what is stored now. */
  async function write(key: string, job: WithSpec<Job>, status: JobStatus): Promise<WithSpec<Job>> {
    omitZero(status, ...omittedAtZero.Job);
    if (semanticEqual(job.status, status)) return job;
    const written = await client.updateStatus<Job>(kinds.Job, { ...job, status });
    writes.wrote(key, written);
    return written as WithSpec<Job>;
  }

  async function track(
    key: string,
    job: WithSpec<Job>,
    status: JobStatus,
    counts: Tally,
    outcome: Outcome | undefined,
    record: BackoffRecord,
  ): Promise<void> {
    const awaiting = new Set(outcome === undefined && !isDeleting(job) ? counts.awaitingSuccessor.values() : []);
    const finished = { succeeded: counts.newSucceeded, failed: counts.newFailed.filter((pod) => !awaiting.has(pod)) };
    const ignored = counts.ignored.filter((pod) => !awaiting.has(pod));
    announceFinished(job, status, counts, finished);
    if (outcome !== undefined) addInterim(status, outcome, timestamp(clock));
    let stored = await write(key, job, structuredClone(status));
    backoffs.set(key, record);
    await allSettled([...counts.uncounted, ...finished.succeeded, ...finished.failed, ...ignored].map(release));
    countReleased(status, new Set());
    const stopped = counts.active.length === 0 && counts.terminating === 0;
    const ended = outcome !== undefined && stopped && !hasUncounted(status) && addFinal(status, outcome, timestamp(clock));
    stored = await write(key, stored, structuredClone(status));
    if (!ended || outcome === undefined) return;
    if (outcome.final === 'Failed') recorder.event(stored, 'Warning', outcome.reason, outcome.message);
    else {
      if (job.spec.completions !== undefined && (status.succeeded ?? 0) > job.spec.completions) {
        recorder.event(stored, 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached');
      }
      recorder.event(stored, 'Normal', 'Completed', 'Job completed');
    }
  }

  async function sync(key: string, job: WithSpec<Job>): Promise<ReconcileResult | undefined> {
    const due = expectations.satisfied(key);
    const selector = selectorFrom(job.spec.selector);
    const claimed = await claimObjects<Pod>(
      {
        client,
        owner: job,
        ownerKind: kinds.Job,
        childKind: kinds.Pod,
        matches: (pod) => selector.matches(pod.metadata.labels ?? {}),
        finalizers: [trackingFinalizer],
      },
      candidatesOf(pods, job),
    );
    const counts = tally(job, claimed, released);
    const status: JobStatus = structuredClone(job.status ?? {});
    const { event } = applySuspend(job, status, timestamp(clock));
    // An announced deadline counts from the start time that is set just now as well.
    const started: WithSpec<Job> = { ...job, status };
    // While pods that were just made or deleted have not shown, the counts are no ground to end on.
    const outcome = due ? outcomeOf(started, counts, claimed, clock.now()) : undefined;
    const record = recordAfter(backoffs.get(key), counts.newSucceeded, counts.newFailed, clock.now());
    let waitMs = 0;
    let failure: unknown;
    if (due && !isDeleting(job)) {
      try {
        if (outcome === undefined) waitMs = await manage(key, job, counts, claimed, record);
        else if (counts.active.length > 0) await removePods(key, job, counts.active, 'counted');
      } catch (error) {
        failure = error;
      }
    }
    status.active = counts.active.length;
    status.ready = counts.ready;
    status.terminating = counts.terminating;
    await track(key, job, status, counts, outcome, record);
    if (event !== undefined) recorder.event(job, 'Normal', event, event === 'Suspended' ? 'Job suspended' : 'Job resumed');
    if (failure !== undefined) throw failure;
    const waits = [waitMs, deadlineLeft(started, clock.now()) ?? 0].filter((wait) => wait > 0);
    return waits.length === 0 || outcome !== undefined ? undefined : { requeueAfterMs: Math.min(...waits) };
  }

  return {
    name: 'job-controller',
    watch(enqueue) {
      watchOwned({
        owners: jobs,
        children: pods,
        matches: (job, pod) => selectorFrom(job.spec?.selector).matches(pod.metadata.labels ?? {}),
        enqueue,
        created: (key) => expectations.creationObserved(key),
        deleted: (key, pod) => expectations.deletionObserved(key, keyOf(pod)),
      });
      pods.on({
        update(pod) {
          if (pod.metadata.finalizers?.includes(trackingFinalizer) !== true) released.delete(uidOf(pod));
        },
        delete: (pod) => void released.delete(uidOf(pod)),
      });
    },
    async reconcile(key) {
      const job = jobs.get(key);
      await releaseOrphans(key, job);
      if (!hasSpec(job)) {
        expectations.forget(key);
        backoffs.delete(key);
        writes.forget(key);
        return undefined;
      }
      if ((job.spec.managedBy ?? defaultManager) !== defaultManager) return undefined;
      // The event of the last write brings the Job back; counting from an old status would run work twice.
      if (writes.stale(key, jobs)) return { requeueAfterMs: 1000 };
      if (isFinished(job)) {
        backoffs.delete(key);
        await allSettled(
          candidatesOf(pods, job)
            .filter((pod) => isTracked(pod) && jobKey(pod) === key)
            .map(release),
        );
        return undefined;
      }
      return sync(key, job);
    },
  };
};
