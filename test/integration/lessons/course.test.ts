import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessonSource } from '../../../src/cli/lesson/source.ts';
import { loadLesson } from '../../../src/lessons/load.ts';
import { kubectlFor } from '../../support/clients.ts';
import { goThrough, shoalHere } from '../../support/lessons.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-lessons-'));
const kubeconfig = join(home, 'kubeconfig');
const work = join(home, 'work');
const file = join(home, 'cluster.yaml');
const shoal = shoalHere({ XDG_STATE_HOME: join(home, 'state'), KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${home}/no-engine.sock` });
const kubectl = kubectlFor(kubeconfig);
const flags = ['--name', 'class', '--dir', work];

const source = lessonSource(undefined);
const lessons = source.names().map((name) => loadLesson(source, name));
const simulable = lessons.filter(({ needs }) => !needs.real).map(({ name }) => name);

/** What a reset must leave as it was: nodes, namespaces, kinds. */
async function state(): Promise<unknown> {
  const nodes = JSON.parse(await kubectl('get nodes -o json')) as { items: { metadata: { name: string; labels: object }; spec: object }[] };
  return {
    nodes: nodes.items.map(({ metadata: { name, labels }, spec }) => ({ name, labels, spec })),
    others: (await kubectl('get namespaces,crds -o name')).replace(/^namespace\/shoal-system\n/m, ''),
  };
}

beforeAll(async () => {
  // A dead machine is noticed in seconds, so that nobody has to wait for it here.
  writeFileSync(
    file,
    `apiVersion: shoal.dev/v1alpha1
kind: Cluster
name: class
nodes: [{ role: control-plane }, { role: worker, count: 2 }]
controllers: { nodeMonitorGracePeriod: 4s, nodeMonitorPeriod: 500ms }
`,
  );
  await shoal('up', '--simulate', '-f', file);
});

afterAll(async () => {
  await shoal.try('down', 'class');
  rmSync(home, { recursive: true });
});

describe('the course, on simulated nodes', () => {
  test('is in order, and all but one lesson need no real nodes', () => {
    expect(lessons.map(({ title }) => title)).toEqual([
      'Containers',
      'Nodes and the cluster',
      'Pods',
      'Deployments',
      'Services',
      'Scheduling',
      'Replication',
      'Recovery',
      'Rolling back',
      'Why is it pending?',
      'Stateful sets',
      'Operators',
    ]);
    expect(simulable).toEqual(lessons.slice(1).map(({ name }) => name));
  });

  test.each(simulable)('%s: checks fail, pass after each solution, and nothing is left', { timeout: 120_000 }, async (lesson) => {
    const before = await state();
    await goThrough(shoal, lesson, flags);
    expect(await state()).toEqual(before);
    expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
  });
});

describe('what the command line says', () => {
  test('a lesson that needs real nodes is refused on simulated ones', async () => {
    expect(await shoal.try('lesson', 'start', 'containers', ...flags)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('[LESSON_NEEDS]'),
    });
  });

  test('a lesson is begun, helped with, left and gone on with, and listed', { timeout: 60_000 }, async () => {
    const started = await shoal('lesson', 'start', '4', '--plain', ...flags);
    expect(started).toContain('# Deployments (8 minutes)');
    expect(started).toContain('## Step 1 of 3: Run it in three copies');
    expect(await kubectl('config view --minify -o jsonpath={..namespace}')).toBe('lesson-04');
    expect(await shoal('lesson', 'hint', ...flags)).toMatch(/^Hint 1 of 2: .*examples/);
    expect(await shoal('lesson', 'hint', ...flags)).toMatch(/^Hint 2 of 2: kubectl create deployment[\s\S]*last hint/);
    const refused = await shoal.try('lesson', 'check', '--now', ...flags);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[LESSON_UNMET]') });
    expect(refused.stdout).toContain('    seen:     there is no Deployment shop');
    await kubectl('create deployment shop --image=website:v1.0 --replicas=3');
    expect(await shoal('lesson', 'check', ...flags)).toContain('## Step 2 of 3: A new version');
    expect(await shoal('lesson', 'start', 'deployments', '--plain', ...flags)).toContain('## Step 2 of 3');
    expect(await shoal('lesson', 'list', ...flags)).toMatch(/^04-deployments .* step 2 of 3$/m);
    await shoal('lesson', 'reset', '--all', ...flags);
    expect(await kubectl('config view --minify -o jsonpath={..namespace}')).toBe('');
    expect(await shoal.try('lesson', 'check', ...flags)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('[LESSON_NOT_STARTED]'),
    });
  });

  test('without a cluster the lessons are listed, and starting one says how to get a cluster', async () => {
    const nobody = shoalHere({ XDG_STATE_HOME: join(home, 'none'), KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${home}/no-engine.sock` });
    expect(await nobody('lesson', 'list')).toMatch(/^03-pods +Pods +10m +any/m);
    expect(await nobody.try('lesson', 'start', 'nothing')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('[LESSON_NOT_FOUND]'),
    });
  });
});
