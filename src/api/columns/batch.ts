import { kinds } from '../scheme.ts';
import type { Job } from '../types/batch-v1.ts';
import { containerCells, humanDuration, orNone, selectorText, since } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, templateColumns, wide } from './table.ts';

/** In order of precedence; deletion stands between failure and suspension. */
function jobStatus(job: Job): string {
  const has = (type: string): boolean => job.status?.conditions?.some((c) => c.type === type && c.status === 'True') === true;
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, now: number): string {
  if (status?.startTime === undefined) return '';
  const end = status.completionTime === undefined ? now : Date.parse(status.completionTime);
  return humanDuration(end - Date.parse(status.startTime));
}

export const batchColumns = [
  columnsOf(
    kinds.Job,
    [
      nameColumn,
      column('Status', 'Status of the job.'),
      column('Completions', doc('batch.v1.JobStatus', 'succeeded')),
      column('Duration', 'Time required to complete the job.'),
      ageColumn,
      ...templateColumns,
      wide('Selector', doc('batch.v1.JobSpec', 'selector')),
    ],
    (job, now) => [
      job.metadata.name ?? '',
      jobStatus(job),
      completions(job),
      duration(job, now),
      age(job, now),
      ...containerCells(job.spec?.template.spec?.containers),
      selectorText(job.spec?.selector),
    ],
  ),
  columnsOf(
    kinds.CronJob,
    [
      nameColumn,
      column('Schedule', doc('batch.v1.CronJobSpec', 'schedule')),
      column('Timezone', doc('batch.v1.CronJobSpec', 'timeZone')),
      column('Suspend', doc('batch.v1.CronJobSpec', 'suspend'), 'boolean'),
      column('Active', doc('batch.v1.CronJobStatus', 'active'), 'integer'),
      column('Last Schedule', doc('batch.v1.CronJobStatus', 'lastScheduleTime')),
      ageColumn,
      ...templateColumns,
      wide('Selector', doc('batch.v1.JobSpec', 'selector')),
    ],
    ({ metadata, spec, status }, now) => [
      metadata.name ?? '',
      spec?.schedule ?? '',
      orNone(spec?.timeZone),
      // Upstream prints the pointer as text.
      spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
      status?.active?.length ?? 0,
      status?.lastScheduleTime === undefined ? '<none>' : since(status.lastScheduleTime, now),
      age({ metadata }, now),
      ...containerCells(spec?.jobTemplate.spec?.template.spec?.containers),
      selectorText(spec?.jobTemplate.spec?.selector),
    ],
  ),
];
