import { clusterPerFile } from 'shoal/testing/vitest';
import { expect } from 'vitest';

const test = clusterPerFile({ clock: 'virtual' });

test('pods leave a node that is off', async ({ cluster }) => {
  await cluster.killNode('worker');
  await cluster.waitFor('node/shoal-worker', 'Ready=Unknown', { timeout: '1m' });
});

test('the next test finds the cluster as it was made', async ({ cluster }) => {
  expect((await cluster.waitFor('node/shoal-worker', 'Ready', { timeout: '1m' })).metadata.name).toBe('shoal-worker');
});
