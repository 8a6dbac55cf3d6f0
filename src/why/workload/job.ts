import { kinds } from '../../api/scheme.ts';
import type { CronJob, Job } from '../../api/types/batch-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { plural, someOf } from '../text.ts';
import type { World } from '../world.ts';
import { isReady, nameOf, podsOf, troublesAmong, troubleTable } from './pods-of.ts';
import { lastRefusal, refusedFinding } from './refused.ts';

const gaveUp: Record<string, string> = {
  BackoffLimitExceeded: 'its pods have failed more often than backoffLimit allows',
  DeadlineExceeded: 'it took longer than activeDeadlineSeconds',
  PodFailurePolicy: 'its podFailurePolicy says to fail at once',
  FailedIndexes: 'some of its indexes have failed',
  MaxFailedIndexesExceeded: 'more of its indexes have failed than maxFailedIndexes allows',
};

/** Jobs that are suspended, have given up, or whose pods are in trouble. */
export async function jobOutcome(job: Job, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', deletionTimestamp } = job.metadata;
  const conditions = job.status?.conditions ?? [];
  const has = (type: string) => conditions.find((condition) => condition.type === type && condition.status === 'True');
  if (deletionTimestamp !== undefined || has('Complete') !== undefined || has('SuccessCriteriaMet') !== undefined) return [];
  const object = refOf(kinds.Job, job);
  if (job.spec?.suspend === true) {
    const fix = [`kubectl patch job ${name} -n ${namespace} --type=merge -p '{"spec":{"suspend":false}}'`];
    return [
      {
        object,
        code: 'JOB_SUSPENDED',
        severity: 'warning',
        message: `Job ${name} is suspended: its pods are not made.`,
        evidence: [],
        fix,
      },
    ];
  }
  const pods = await podsOf(job, world);
  const failed = has('Failed') ?? has('FailureTarget');
  const troubles = await troublesAmong(failed === undefined ? pods.filter((pod) => !isReady(pod)) : pods, world);
  const [first] = troubles;
  if (failed !== undefined) {
    const why = gaveUp[failed.reason ?? ''] ?? failed.message ?? failed.reason;
    const limit =
      failed.reason === 'BackoffLimitExceeded' ? ` (${job.spec?.backoffLimit ?? 6}; ${plural(job.status?.failed ?? 0, 'failure')})` : '';
    const message = `Job ${name} has failed: ${why}${limit}.${first === undefined ? '' : ` ${first.finding.message}`}`;
    const evidence = [...troubleTable(troubles), fact(`${failed.reason}: ${failed.message}`)];
    const fix = ['a Job that has failed stays so: mend the cause, delete it and create it anew'];
    return [
      { object, code: 'JOB_FAILED', severity: 'error', message, evidence, fix, ...(first === undefined ? {} : { because: first.finding }) },
    ];
  }
  const refused = await lastRefusal(job, world);
  if (refused !== undefined && pods.length === 0) return [refusedFinding(kinds.Job, job, refused)];
  if (first === undefined) return [];
  const done = `${job.status?.succeeded ?? 0} of ${plural(job.spec?.completions ?? 1, 'completion')}`;
  const message = `Job ${name} has ${done} and is held up. ${first.finding.message}`;
  return [
    {
      object,
      code: 'JOB_RUNNING',
      severity: first.finding.severity,
      message,
      evidence: troubleTable(troubles),
      fix: [],
      because: first.finding,
    },
  ];
}

export function jobWell(job: Job): readonly Finding[] {
  const complete = job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True') === true;
  const { succeeded = 0, active = 0 } = job.status ?? {};
  const message = complete
    ? `Job ${nameOf(job)} has completed.`
    : `Job ${nameOf(job)} is at work: ${active} running, ${succeeded} of ${job.spec?.completions ?? 1} done.`;
  return [{ object: refOf(kinds.Job, job), code: 'HEALTHY', severity: 'info', message, evidence: [], fix: [] }];
}

/** CronJobs that are suspended, hold a run back, or whose last run has failed. */
export async function cronJobRuns(cron: CronJob, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', deletionTimestamp } = cron.metadata;
  if (deletionTimestamp !== undefined) return [];
  const object = refOf(kinds.CronJob, cron);
  if (cron.spec?.suspend === true) {
    const fix = [`kubectl patch cronjob ${name} -n ${namespace} --type=merge -p '{"spec":{"suspend":false}}'`];
    return [
      {
        object,
        code: 'JOB_SUSPENDED',
        severity: 'warning',
        message: `CronJob ${name} is suspended: no run is started.`,
        evidence: [],
        fix,
      },
    ];
  }
  const last = (await world.events(cron)).at(-1);
  if (
    last !== undefined &&
    ['UnparseableSchedule', 'InvalidSchedule', 'UnknownTimeZone', 'TooManyMissedTimes', 'MissSchedule'].includes(last.reason ?? '')
  ) {
    const message = `CronJob ${name} starts no run: ${last.message}`;
    return [
      {
        object,
        code: 'CRON_NOT_DUE',
        severity: 'error',
        message,
        evidence: [],
        fix: ['mend schedule, timeZone or startingDeadlineSeconds'],
      },
    ];
  }
  const findings: Finding[] = [];
  const active = (cron.status?.active ?? []).map((reference) => reference.name ?? '');
  if (cron.spec?.concurrencyPolicy === 'Forbid' && active.length > 0 && last?.reason === 'JobAlreadyActive') {
    const message = `CronJob ${name} holds runs back: ${someOf(active)} has not ended, and concurrencyPolicy is Forbid.`;
    findings.push({
      object,
      code: 'CRON_NOT_DUE',
      severity: 'warning',
      message,
      evidence: [],
      fix: [`shoal why job/${active[0]} -n ${namespace}`, 'or set concurrencyPolicy: Replace'],
    });
  }
  const jobs = (await world.list(kinds.Job, namespace)).filter((job) => controllerOf(job)?.uid === cron.metadata.uid);
  const newest = jobs.toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')).at(-1);
  const [trouble] = newest === undefined ? [] : await jobOutcome(newest, world);
  if (trouble !== undefined)
    findings.push({
      ...trouble,
      object,
      message: `The last run of CronJob ${name}: ${trouble.message}`,
      evidence: [],
      fix: [],
      because: trouble,
    });
  return findings;
}

export function cronJobWell(cron: CronJob): readonly Finding[] {
  const { lastScheduleTime, active = [] } = cron.status ?? {};
  const runs =
    lastScheduleTime === undefined
      ? 'has not been due yet'
      : `ran last at ${lastScheduleTime}${active.length > 0 ? ` (${active.length} still running)` : ''}`;
  const message = `CronJob ${nameOf(cron)} ${runs}; its schedule is "${cron.spec?.schedule ?? ''}"${cron.spec?.timeZone === undefined ? '' : ` in ${cron.spec.timeZone}`}.`;
  return [{ object: refOf(kinds.CronJob, cron), code: 'HEALTHY', severity: 'info', message, evidence: [], fix: [] }];
}
