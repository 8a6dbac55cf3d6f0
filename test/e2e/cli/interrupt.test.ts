import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectEngine } from '../../../src/cluster/engine/connect.ts';
import { shoal } from '../../support/e2e.ts';
import { remains } from '../../support/remains.ts';

const program = new URL('../../../bin/shoal', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'shoal-interrupt-'));
const kubeconfig = join(directory, 'config');
let docker: Docker;

beforeAll(async () => {
  ({ docker } = await connectEngine());
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Sends `signal` to a command the moment it prints a line that matches, and resolves when it has ended. */
function interrupted(args: string[], signal: NodeJS.Signals, moment: RegExp): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(program, args, { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  let sent = false;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    if (!sent && moment.test(stderr)) sent = child.kill(signal);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stderr }));
  });
}

test.each<[string, string[], NodeJS.Signals, RegExp]>([
  ['Ctrl-C while the network is made', ['up', '--workers', '1'], 'SIGINT', /✓ Make certificates/],
  ['Ctrl-C while nodes start', ['up', '--workers', '1'], 'SIGINT', /✓ Create the cluster network/],
  ['SIGTERM while it waits for the API server', ['up', '--workers', '1'], 'SIGTERM', /✓ Start \S+-worker/],
  ['Ctrl-C while it waits for the nodes', ['up', '--workers', '1'], 'SIGINT', /✓ Wait for the API server/],
  ['Ctrl-C when the website of a demo is applied', ['demo'], 'SIGINT', /✓ Load the sample images/],
])('%s leaves nothing', async (_, args, signal, moment) => {
  const name = 'eb-interrupted';
  const { code, stderr } = await interrupted([...args, '--name', name], signal, moment);
  expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining('[INTERRUPTED]') });
  expect(await remains(docker, name)).toEqual([]);
  if (existsSync(kubeconfig)) expect(await shoal(['list', '-o', 'name'])).not.toContain(name);
  const { stdout } = await shoal.try(['down', name, '--kubeconfig', kubeconfig]);
  expect(stdout).toBe(`There is no cluster ${name}; nothing to remove.\n`);
});

test('an up that fails keeps what it made with --retain', async () => {
  const name = 'eb-retained';
  const failed = await shoal.try(['up', '--name', name, '--workers', '0', '--timeout', '700ms', '--retain', '--kubeconfig', kubeconfig]);
  expect(failed).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/did not become usable within 0\.7 s.*\[TIMEOUT\]\n {2}Try again/),
  });
  expect(await remains(docker, name)).toContain(`/${name}-control-plane`);
  await shoal(['down', name, '--kubeconfig', kubeconfig]);
  expect(await remains(docker, name)).toEqual([]);
});
