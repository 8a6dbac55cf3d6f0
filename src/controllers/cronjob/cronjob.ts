import { semanticEqual } from '../../api/deep-equal.ts';
import { keyFor, keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists, isNotFound } from '../../api/status.ts';
import type { CronJob, CronJobStatus, Job } from '../../api/types/batch-v1.ts';
import type { ReconcileResult } from '../../client/controller.ts';
import { controllerOf, isControlledBy, ownerReference } from '../../client/owner.ts';
import { messageOf } from '../../util/errors.ts';
import type { StartController } from '../context.ts';
import { isFinished } from '../job/outcome.ts';
import { isTrue } from '../lib/conditions.ts';
import { controlledBy, indexByController } from '../lib/indexes.ts';
import { createdAt, isDeleting, nameOf, namespaceOf, refersTo, timeOf, uidOf } from '../lib/objects.ts';
import { isNamespaceTerminating } from '../lib/pod-control.ts';
import { surplusJobs } from './history.ts';
import { mostRecentDue, type NextTime, parseSchedule, timeInZone } from './schedule.ts';

const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
const rfc3339 = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** The Job of one scheduled time; its name says the minute, so that it cannot be made twice. */
export function jobFor(cronJob: CronJob, due: number): Job {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${nameOf(cronJob)}-${Math.floor(due / 60_000)}`,
      namespace: namespaceOf(cronJob),
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, [scheduledAnnotation]: timeInZone(due, cronJob.spec.timeZone) },
      ownerReferences: [ownerReference(kinds.CronJob, cronJob)],
    },
    ...(spec === undefined ? {} : { spec: structuredClone(spec) }),
  };
}

/** Starts Jobs when a schedule is due, follows them, and removes old finished ones. */
export const cronJobController: StartController = ({ client, clock, informers, recorder: recorderFor }) => {
  const cronJobs = informers.informer(kinds.CronJob);
  const jobs = indexByController(informers.informer(kinds.Job));
  const recorder = recorderFor('cronjob-controller');

  const remove = async (cronJob: CronJob, job: { name: string; uid: string }): Promise<void> => {
    try {
      const options = { propagationPolicy: 'Background', preconditions: { uid: job.uid } } as const;
      await client.delete(kinds.Job, job.name, namespaceOf(cronJob), options);
      recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.name}`);
    } catch (error) {
      if (isNotFound(error)) return;
      recorder.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      throw error;
    }
  };

  /** Takes finished and vanished Jobs off the active list. */
  function follow(cronJob: CronJob, status: CronJobStatus, children: readonly Job[]): void {
    for (const job of children) {
      const listed = status.active?.some(({ uid }) => uid === uidOf(job)) === true;
      if (!listed && !isFinished(job)) {
        recorder.event(cronJob, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${nameOf(job)}`);
      } else if (listed && isFinished(job)) {
        status.active = status.active?.filter(({ uid }) => uid !== uidOf(job)) ?? [];
        const condition = isTrue(job.status?.conditions, 'Complete') ? 'Complete' : 'Failed';
        recorder.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${nameOf(job)}, condition: ${condition}`);
      }
      const { completionTime } = job.status ?? {};
      if (
        completionTime !== undefined &&
        isTrue(job.status?.conditions, 'Complete') &&
        timeOf(completionTime) > timeOf(status.lastSuccessfulTime)
      ) {
        status.lastSuccessfulTime = completionTime;
      }
    }
  }

  async function dropMissing(cronJob: CronJob, status: CronJobStatus): Promise<void> {
    for (const reference of status.active ?? []) {
      const name = reference.name ?? '';
      const known = jobs.get(keyFor(name, namespaceOf(cronJob)));
      if (known !== undefined && uidOf(known) === reference.uid) continue;
      const live = await client.get(kinds.Job, name, namespaceOf(cronJob)).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (live !== undefined && uidOf(live) === reference.uid) continue;
      recorder.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
      status.active = status.active?.filter((other) => other !== reference) ?? [];
    }
  }

  async function start(cronJob: CronJob, status: CronJobStatus, due: number): Promise<void> {
    if (cronJob.spec.concurrencyPolicy === 'Forbid' && (status.active ?? []).length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      recorder.event(cronJob, 'Normal', 'JobAlreadyActive', message);
      return;
    }
    if (cronJob.spec.concurrencyPolicy === 'Replace') {
      for (const { name = '', uid = '' } of status.active ?? []) await remove(cronJob, { name, uid });
      status.active = [];
    }
    const wanted = jobFor(cronJob, due);
    let job: Job;
    try {
      job = await client.create(kinds.Job, wanted);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!isAlreadyExists(error)) {
        recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
        throw error;
      }
      // Made before, but the status that says so was lost.
      job = await client.get(kinds.Job, nameOf(wanted), namespaceOf(wanted));
      if (!isControlledBy(job, cronJob)) throw error;
      status.lastScheduleTime = rfc3339(due);
      if (isFinished(job)) return;
    }
    if (status.lastScheduleTime !== rfc3339(due)) recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${nameOf(job)}`);
    const reference = { kind: 'Job', apiVersion: 'batch/v1', name: nameOf(job), namespace: namespaceOf(job), uid: uidOf(job) };
    const resourceVersion = job.metadata.resourceVersion;
    status.active = [...(status.active ?? []), { ...reference, ...(resourceVersion === undefined ? {} : { resourceVersion }) }];
    status.lastScheduleTime = rfc3339(due);
  }

  /** The time whose Job is to be started now, if one is due and not too late. */
  function dueTime(cronJob: CronJob, status: CronJobStatus, next: NextTime): number | undefined {
    const now = clock.now();
    const deadline = cronJob.spec.startingDeadlineSeconds;
    const last = timeOf(status.lastScheduleTime) || createdAt(cronJob);
    const earliest = deadline === undefined ? last : Math.max(last, now - deadline * 1000);
    if (next(earliest) === undefined) {
      // Such as 31 February.
      const reason = 'time difference between two schedules is less than 1 second';
      recorder.event(cronJob, 'Warning', 'InvalidSchedule', `invalid schedule: ${cronJob.spec.schedule} : ${reason}`);
      return undefined;
    }
    const { due, tooMany } = mostRecentDue(next, earliest, now);
    if (tooMany) {
      const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      recorder.event(cronJob, 'Warning', 'TooManyMissedTimes', message);
    }
    if (due === undefined || rfc3339(due) === status.lastScheduleTime) return undefined;
    if (status.active?.some(({ name }) => name === nameOf(jobFor(cronJob, due))) === true) return undefined;
    if (deadline !== undefined && due + deadline * 1000 < now) {
      const scheduled = new Date(due).toUTCString().replace('GMT', '+0000');
      recorder.event(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${scheduled}`);
      return undefined;
    }
    return due;
  }

  function readSchedule(cronJob: CronJob): NextTime | undefined {
    const { schedule, timeZone } = cronJob.spec;
    try {
      if (timeZone !== undefined) new Intl.DateTimeFormat('en', { timeZone });
    } catch (error) {
      recorder.event(cronJob, 'Warning', 'UnknownTimeZone', `invalid timeZone: "${timeZone}": ${messageOf(error)}`);
      return undefined;
    }
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      recorder.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${schedule}" : ${messageOf(error)}`);
      return undefined;
    }
  }

  async function sync(cronJob: CronJob): Promise<ReconcileResult | undefined> {
    const status: CronJobStatus = structuredClone(cronJob.status ?? {});
    const children = controlledBy(jobs, cronJob);
    const surplus = surplusJobs(cronJob, children);
    follow(cronJob, status, children);
    for (const job of surplus) await remove(cronJob, { name: nameOf(job), uid: uidOf(job) });
    await dropMissing(cronJob, status);
    const next = isDeleting(cronJob) ? undefined : readSchedule(cronJob);
    const due = next === undefined || cronJob.spec.suspend === true ? undefined : dueTime(cronJob, status, next);
    if (due !== undefined) await start(cronJob, status, due);
    if (!semanticEqual(status, cronJob.status)) await client.updateStatus(kinds.CronJob, { ...cronJob, status });
    if (next === undefined || cronJob.spec.suspend === true) return undefined;
    const upcoming = next(clock.now());
    return upcoming === undefined ? undefined : { requeueAfterMs: upcoming - clock.now() };
  }

  return {
    name: 'cronjob-controller',
    watch(enqueue) {
      cronJobs.on({ add: (one) => enqueue(keyOf(one)), update: (one) => enqueue(keyOf(one)) });
      const enqueueOwner = (job: Job): void => {
        const owner = controllerOf(job);
        if (owner !== undefined && refersTo(owner, kinds.CronJob)) enqueue(keyFor(owner.name, job.metadata.namespace));
      };
      jobs.on({ add: enqueueOwner, update: enqueueOwner, delete: enqueueOwner });
    },
    async reconcile(key) {
      const cronJob = cronJobs.get(key);
      return cronJob === undefined || isDeleting(cronJob) ? undefined : sync(cronJob);
    },
  };
};
