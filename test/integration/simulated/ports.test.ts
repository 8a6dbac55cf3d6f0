import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { kubectlFor } from '../../support/clients.ts';
import { shoalHere } from '../../support/lessons.ts';

/** Users of one machine: none sees which ports another's clusters have claimed. */
const users = ['a', 'b', 'c'].map((user) => {
  const home = mkdtempSync(join(tmpdir(), `shoal-ports-${user}-`));
  const kubeconfig = join(home, 'kubeconfig');
  const env = { XDG_STATE_HOME: home, KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${home}/no-engine.sock` };
  return { home, kubeconfig, shoal: shoalHere(env) };
});

afterAll(async () => {
  for (const { home, shoal } of users) {
    await shoal.try('down', 'same');
    rmSync(home, { recursive: true });
  }
});

test('a port that is taken between the look and the start costs nothing but another try', { timeout: 120_000 }, async () => {
  await Promise.all(users.map(({ shoal }) => shoal('up', '--simulate', '--name', 'same', '--workers', '1')));
  const nodes = await Promise.all(users.map(({ kubeconfig }) => kubectlFor(kubeconfig)('get nodes -o name')));
  expect(nodes).toEqual(users.map(() => 'node/same-control-plane\nnode/same-worker\n'));
});
