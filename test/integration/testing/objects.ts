import type { Deployment } from '../../../src/api/types/apps-v1.ts';
import type { CronJob } from '../../../src/api/types/batch-v1.ts';

export const deployment = (name: string, replicas: number, requests: Record<string, string> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'any', resources: { requests } }] } },
  },
});

export const cronJob = (name: string, schedule: string): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name },
  spec: {
    schedule,
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'any' }] } } } },
  },
});
