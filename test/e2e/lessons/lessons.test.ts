import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealCluster, realCluster } from '../../support/e2e.ts';
import { goThrough, shoalHere } from '../../support/lessons.ts';

const name = 'ea-lessons';
const work = mkdtempSync(join(tmpdir(), 'shoal-lessons-'));
let cluster: RealCluster;

/** A dead machine is noticed in seconds, so that nobody has to wait for it here. */
const config = `apiVersion: shoal.dev/v1alpha1
kind: Cluster
name: ${name}
nodes: [{ role: control-plane }, { role: worker, count: 2 }]
controllers: { nodeMonitorGracePeriod: 4s, nodeMonitorPeriod: 500ms, defaultTolerationSeconds: 300 }
`;

beforeAll(async () => {
  cluster = await realCluster({ name, config });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

/** The lessons with steps that only containers can pass; test/integration/lessons goes through all others. */
const lessons = ['containers', 'pods', 'services', 'recovery', 'stateful-sets'];

test.each(lessons)('%s: on real nodes no check is skipped; they fail, and pass after each solution', async (lesson) => {
  expect(await goThrough(shoalHere(cluster.env), lesson, ['--name', name, '--dir', work])).toEqual([]);
  expect(await cluster.kubectl('get namespaces -o name')).not.toContain('lesson-');
});
