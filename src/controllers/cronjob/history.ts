import type { CronJob, Job } from '../../api/types/batch-v1.ts';
import { isTrue } from '../lib/conditions.ts';
import { createdAt, timeOf } from '../lib/objects.ts';

const startedAt = (job: Job): number => timeOf(job.status?.startTime) || createdAt(job);

/** Finished Jobs beyond the history limits, oldest first. */
export function surplusJobs(cronJob: CronJob, jobs: readonly Job[]): Job[] {
  const beyond = (type: string, limit: number | undefined): Job[] => {
    if (limit === undefined) return [];
    const ended = jobs.filter((job) => isTrue(job.status?.conditions, type)).sort((a, b) => startedAt(a) - startedAt(b));
    return ended.slice(0, Math.max(0, ended.length - limit));
  };
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
  return [...beyond('Complete', successfulJobsHistoryLimit), ...beyond('Failed', failedJobsHistoryLimit)];
}
