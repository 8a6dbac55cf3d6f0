import { createCluster, kinds } from 'shoal/testing';
import { expect, test } from 'vitest';

const backup = `
apiVersion: batch/v1
kind: CronJob
metadata: { name: backup }
spec:
  schedule: "0 3 * * *"
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: "backup:1" }] } } } }
`;

test('the backup runs at three every night', async () => {
  await using cluster = await createCluster({ clock: 'virtual', nodes: 1 });
  await cluster.apply(backup);
  await cluster.advance('48h');
  const { items } = await cluster.client.list(kinds.Job, { namespace: 'default' });
  expect(items.map(({ status }) => status?.startTime)).toEqual(['2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z']);
});
