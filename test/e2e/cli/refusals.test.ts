import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectEngine } from '../../../src/cluster/engine/connect.ts';
import { exitCodes } from '../../../src/util/errors.ts';
import { execute } from '../../support/clients.ts';
import { shoal } from '../../support/e2e.ts';
import { remains } from '../../support/remains.ts';

const program = new URL('../../../bin/shoal', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'shoal-refusals-'));
const kubeconfig = join(directory, 'config');
const name = 'eb-refused';
let docker: Docker;
let stranger: Server;
let takenPort = 0;

beforeAll(async () => {
  ({ docker } = await connectEngine());
  stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const address = stranger.address();
  takenPort = typeof address === 'object' && address !== null ? address.port : 0;
  writeFileSync(join(directory, 'broken.yaml'), 'nodes:\n  - role: control-plan\n    cpus: 3\nnetworking: { podSubnet: 10.244.0.0/33 }\n');
  writeFileSync(join(directory, 'unclosed.yaml'), 'nodes: [\n');
  writeFileSync(join(directory, 'taken.yaml'), `networking: { apiServerPort: ${takenPort} }\n`);
  writeFileSync(join(directory, 'kubeconfig.txt'), 'clusters: [');
});
afterAll(async () => {
  await new Promise((resolve) => stranger.close(resolve));
  rmSync(directory, { recursive: true });
});

interface Refusal {
  args: string[];
  env?: Record<string, string>;
  exit: keyof typeof exitCodes;
  /** What is wrong and, on the next line, what to do. */
  says: RegExp;
}
const up = ['up', '--name', name];

describe('refused with what is wrong, what to do, and the documented exit code', () => {
  test.each<[string, Refusal]>([
    [
      'a broken cluster.yaml, all of it at once',
      {
        args: [...up, '-f', 'broken.yaml'],
        exit: 'config',
        says: /broken\.yaml has 3 problems:\n.*broken\.yaml:2:11: nodes\[?\.?0.*control-plane(.|\n)*broken\.yaml:3:5.*cpus(.|\n)*broken\.yaml:4:26.*podSubnet.*\[CONFIG_INVALID\]\n {2}Correct the file/,
      },
    ],
    ['YAML that is none', { args: [...up, '-f', 'unclosed.yaml'], exit: 'config', says: /unclosed\.yaml:\d+:\d+: .*\[CONFIG_INVALID\]/s }],
    [
      'a file that is not there',
      { args: [...up, '-f', 'none.yaml'], exit: 'config', says: /none\.yaml cannot be read.*\[CONFIG_UNREADABLE\]\n {2}Name an/ },
    ],
    [
      'an engine that does not answer',
      {
        args: up,
        env: { DOCKER_HOST: 'tcp://127.0.0.1:1' },
        exit: 'engine',
        says: /tcp:\/\/127\.0\.0\.1:1 \(DOCKER_HOST\): nothing listens there \[ENGINE_UNREACHABLE\]\n {2}Start Docker/,
      },
    ],
    [
      'a port that another program has',
      {
        args: [...up, '-f', 'taken.yaml'],
        exit: 'conflict',
        says: /port \d+ of 127\.0\.0\.1, asked for as the API server, is in use \[PORT_TAKEN\]\n {2}Free it/,
      },
    ],
    [
      'a kubeconfig that cannot be merged into',
      {
        args: [...up, '--kubeconfig', 'kubeconfig.txt'],
        exit: 'config',
        says: /kubeconfig\.txt is not a kubeconfig.*\[KUBECONFIG_INVALID\]\n {2}Correct/s,
      },
    ],
    [
      'a name that is too long',
      { args: ['up', '--name', 'x'.repeat(41)], exit: 'usage', says: /cannot be the name of a cluster \[USAGE\]\n {2}Use at most 40/ },
    ],
    [
      'a name that is no host name',
      { args: ['up', '--name', 'My_Cluster'], exit: 'usage', says: /"My_Cluster" cannot be the name.*\[USAGE\]/ },
    ],
    ['an unknown command', { args: ['upp'], exit: 'usage', says: /unknown command 'upp'\n\(Did you mean up\?\)/ }],
    ['an unknown flag', { args: [...up, '--nodes', '3'], exit: 'usage', says: /unknown option '--nodes'/ }],
    ['a number that is none', { args: [...up, '--workers', 'three'], exit: 'usage', says: /"three" is not a whole number/ }],
    [
      'a duration without a unit',
      { args: [...up, '--timeout', '5'], exit: 'usage', says: /"5" is not a duration \[USAGE\]\n {2}Write it with a unit/ },
    ],
    ['an output format that is none', { args: ['list', '-o', 'xml'], exit: 'usage', says: /unknown output format "xml" \[USAGE\]/ }],
    [
      'the status of nothing',
      { args: ['status', name], exit: 'notFound', says: /there is no cluster eb-refused \[CLUSTER_NOT_FOUND\]\n {2}List/ },
    ],
    ['starting nothing', { args: ['start', name], exit: 'notFound', says: /\[CLUSTER_NOT_FOUND\]/ }],
    ['loading into nothing', { args: ['load', 'website:v1.0', '--name', name], exit: 'notFound', says: /\[CLUSTER_NOT_FOUND\]/ }],
    [
      'killing nothing',
      { args: ['node', 'kill', `${name}-worker`], exit: 'notFound', says: /there is no node eb-refused-worker.*\[NODE_NOT_FOUND\]/ },
    ],
  ])('%s', async (_, { args, env = {}, exit, says }) => {
    const { code, stdout, stderr } = await execute('/bin/sh', ['-c', 'cd "$0" && exec "$@"', directory, program, ...args], {
      env: { KUBECONFIG: kubeconfig, ...env },
    });
    expect({ code, stderr }).toEqual({ code: exitCodes[exit], stderr: expect.stringMatching(says) });
    expect(stdout).toBe('');
    expect(existsSync(kubeconfig)).toBe(false);
    expect(await remains(docker, name)).toEqual([]);
  });
});

test('removing nothing is success', async () => {
  expect(await shoal(['down', name])).toBe(`There is no cluster ${name}; nothing to remove.\n`);
});

test('where there is no engine, its status says so, and every command what to do', async () => {
  const nowhere = { DOCKER_HOST: `unix://${join(directory, 'no.sock')}`, XDG_STATE_HOME: directory };
  const { code, stdout } = await execute(program, ['engine', 'status', '-o', 'json'], { env: nowhere });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ state: expect.stringMatching(/stopped|missing/), detail: expect.stringContaining('no.sock') });
  const listed = await execute(program, ['status'], { env: nowhere });
  expect(listed).toMatchObject({
    code: exitCodes.engine,
    stderr: expect.stringMatching(/there is no such socket \[ENGINE_UNREACHABLE\]\n {2}Start Docker/),
  });
});
