import { createCluster } from 'shoal/testing';
import { expect, test } from 'vitest';

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: "web:1" }] }
`;

test('a Deployment gets ready', async () => {
  await using cluster = await createCluster();
  await cluster.apply(web);
  await cluster.waitFor('deployment/web', 'Ready');
  expect((await cluster.why('deployment/web')).healthy).toBe(true);
});
