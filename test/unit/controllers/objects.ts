import type { ReplicaSet, ReplicaSetSpec } from '../../../src/api/types/apps-v1.ts';
import type { Container, PodTemplateSpec } from '../../../src/api/types/core-v1.ts';

export const container: Container = { name: 'web', image: 'web:1' };
export const webTemplate: PodTemplateSpec = { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } };

/** ReplicaSet `web` in `default` with pods labelled `app: web`. */
export const webSet = (replicas: number, change: Partial<ReplicaSetSpec> = {}): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: webTemplate, ...change },
});
