import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { spawnReaper } from '../../../src/cluster/reaper/spawn.ts';
import { execute } from '../../support/clients.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-reaper-'));
const env = { XDG_STATE_HOME: join(home, 'state'), KUBECONFIG: join(home, 'kubeconfig'), DOCKER_HOST: `unix://${home}/no-engine.sock` };
const program = join(import.meta.dirname, '../../../bin/shoal');
const directory = (cluster: string): string => join(env.XDG_STATE_HOME, 'shoal/clusters', cluster);
async function shoal(args: string): Promise<string> {
  const { code, stdout, stderr } = await execute(program, args.split(' '), { env });
  if (code !== 0) throw new Error(`shoal ${args} exited with ${code}: ${stderr}${stdout}`);
  return stdout + stderr;
}
const gone = (cluster: string) => expect.poll(() => existsSync(directory(cluster)), { timeout: 30_000, interval: 100 }).toBe(false);

afterAll(async () => {
  for (const name of ['reaped', 'orphan', 'overdue']) await execute(program, ['down', name], { env });
  rmSync(home, { recursive: true });
});

test('a cluster with a time to live removes itself, and its entry in the kubeconfig', { timeout: 60_000 }, async () => {
  expect(await shoal('up --simulate --name reaped --workers 0 --ttl 90s')).toContain('removes itself at');
  expect(await shoal('list')).toMatch(/^reaped .* \d+m?\d*s$/m);
  await shoal('ttl reaped 1s');
  await gone('reaped');
  await expect.poll(() => readFileSync(env.KUBECONFIG, 'utf8'), { timeout: 10_000 }).not.toContain('shoal-reaped');
});

test('a cluster goes when the process that wanted it is killed', { timeout: 60_000 }, async () => {
  await shoal('up --simulate --name orphan --workers 0');
  const parent = spawn('sleep', ['1000'], { stdio: 'ignore' });
  spawnReaper({ cluster: 'orphan', when: 'parent-dies', parent: parent.pid ?? 0 }, { ...process.env, ...env });
  parent.kill('SIGKILL');
  await gone('orphan');
});

test('what has expired while nobody was there is removed by the next command', { timeout: 60_000 }, async () => {
  await shoal('up --simulate --name overdue --workers 0');
  const record = join(directory('overdue'), 'spec.json');
  writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), expires: 1 }));
  expect(await shoal('up --simulate --name reaped --workers 0')).toContain('removed cluster overdue: its time to live had ended');
  expect(existsSync(directory('overdue'))).toBe(false);
});
