import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Attendee } from '../../../src/cli/classroom/status.ts';
import { kubectlFor } from '../../support/clients.ts';
import { shoalHere } from '../../support/lessons.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-classroom-'));
const shoal = shoalHere({
  XDG_STATE_HOME: join(home, 'state'),
  KUBECONFIG: join(home, 'kubeconfig'),
  DOCKER_HOST: `unix://${home}/no-engine.sock`,
});
const handout = join(home, 'handout');
const seen = async (): Promise<Attendee[]> => JSON.parse(await shoal('classroom', 'status', '-o', 'json')) as Attendee[];

/** Nobody else's, so that no test takes the port of a cluster that is stopped. */
const address = '127.23.42.7';

beforeAll(
  () => shoal('classroom', 'up', '--attendees', '2', '--simulate', '--workers', '1', '--quota', 'cpu=1,memory=512Mi', '--address', address),
  120_000,
);
afterAll(async () => {
  await shoal.try('classroom', 'down');
  rmSync(home, { recursive: true });
});

describe('a classroom', { timeout: 60_000 }, () => {
  test('gives each attendee an access of their own, and a quota', async () => {
    await shoal('classroom', 'kubeconfigs', handout);
    expect(readdirSync(handout)).toEqual(['class-01.yaml', 'class-02.yaml']);
    expect(readFileSync(join(handout, 'class-02.yaml'), 'utf8')).toContain(`https://${address}:`);
    const kubectl = kubectlFor(join(handout, 'class-02.yaml'));
    expect(await kubectl('get nodes -o jsonpath={.items[*].status.capacity.cpu}:{.items[*].status.capacity.memory}')).toBe(
      '1 1:512Mi 512Mi',
    );
    expect(readFileSync(join(handout, 'class-01.yaml'), 'utf8')).not.toBe(readFileSync(join(handout, 'class-02.yaml'), 'utf8'));
    // What one asks for beyond it stays pending, and harms nobody else.
    await kubectl('create deployment crowd --image=any --replicas=300');
    await expect
      .poll(async () => (await kubectl('get pods --field-selector=status.phase=Running -o name')).split('\n').length - 1, {
        timeout: 30_000,
      })
      .toBeGreaterThan(100);
    expect((await seen()).map(({ name, report }) => [name, report?.pods.total])).toEqual([
      ['class-01', 0],
      ['class-02', 300],
    ]);
  });

  test('shows the instructor how far each is', async () => {
    const flags = ['--name', 'class-01', '--dir', join(home, 'work')];
    await shoal('lesson', 'start', 'deployments', '--plain', ...flags);
    await shoal('lesson', 'solve', ...flags);
    await shoal('lesson', 'check', ...flags);
    await shoal('lesson', 'hint', ...flags);
    expect(await seen()).toMatchObject([
      {
        name: 'class-01',
        state: 'running',
        report: {
          nodes: { ready: 2, total: 2 },
          current: '04-deployments',
          lessons: { '04-deployments': { step: 2, hints: 1, solved: 1, finished: false } },
        },
      },
      { name: 'class-02', report: { lessons: {} } },
    ]);
    const table = await shoal('classroom', 'status');
    expect(table).toMatch(/^class-01 +running +2\/2 +3 +···2········ +04-deployments step 2 \(1 hints, 1 solved\)$/m);
  });

  test('takes a broken cluster back, and leaves the others alone', async () => {
    await shoal('stop', 'class-02');
    expect(await seen()).toMatchObject([{ state: 'running' }, { name: 'class-02', state: 'stopped' }]);
    await shoal('classroom', 'reset', '2');
    expect(await seen()).toMatchObject([
      { name: 'class-01', report: { pods: { total: 3 } } },
      { name: 'class-02', state: 'running', report: { pods: { total: 0 }, lessons: {} } },
    ]);
    // The access that was handed out goes on working.
    expect(await kubectlFor(join(handout, 'class-02.yaml'))('get deployments')).toBe('');
    expect(await shoal.try('classroom', 'reset', 'lab')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('There are: class-01, class-02.'),
    });
  });

  test('refuses what is no quota, and too little for real nodes', async () => {
    const up = (quota: string) => shoal.try('classroom', 'up', '--attendees', '1', '--class', 'other', '--quota', quota);
    expect(await up('disk=1')).toMatchObject({ code: 2, stderr: expect.stringContaining('is no quota') });
    expect(await up('memory=128Mi')).toMatchObject({ code: 2, stderr: expect.stringContaining('at least 384Mi') });
  });

  test('goes, whole', async () => {
    expect(await shoal('classroom', 'down')).toBe('Removed class-01, class-02.\n');
    expect(readdirSync(join(home, 'state/shoal/clusters'))).toEqual([]);
  });
});
