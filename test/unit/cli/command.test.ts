import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { existingCluster } from '../../../src/cli/commands/command.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import type { ClusterStatus } from '../../../src/cluster/context.ts';

const rows: { what: string; present: string[]; given?: string; env?: string; context?: string; meant: string }[] = [
  { what: 'the one that is named, whatever there is', present: ['demo'], given: 'lab', env: 'ci', meant: 'lab' },
  { what: 'the one in the environment', present: ['demo'], env: 'ci', meant: 'ci' },
  { what: 'the only one there is', present: ['demo'], meant: 'demo' },
  { what: 'shoal among several', present: ['demo', 'shoal'], meant: 'shoal' },
  { what: 'shoal, which is not there, when several could be meant', present: ['demo', 'lab'], meant: 'shoal' },
  { what: 'shoal when there is none', present: [], meant: 'shoal' },
  { what: "kubectl's among several", present: ['demo', 'shoal', 'lab'], context: 'shoal-lab', meant: 'lab' },
  { what: 'shoal when kubectl has one that is gone', present: ['demo', 'shoal'], context: 'shoal-lab', meant: 'shoal' },
  { what: 'shoal when kubectl talks to somebody else', present: ['demo', 'shoal'], context: 'kind-demo', meant: 'shoal' },
];

const directory = mkdtempSync(join(tmpdir(), 'shoal-command-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each(rows)('a command works with $what', async ({ present, given, env, context, meant }) => {
  const kubeconfig = join(directory, 'config');
  writeFileSync(kubeconfig, `apiVersion: v1\nkind: Config\ncurrent-context: ${context ?? '""'}\n`);
  const cli = { env: { SHOAL_CLUSTER_NAME: env, KUBECONFIG: kubeconfig } } as Partial<CliContext> as CliContext;
  const list = async () => present.map((name) => ({ name }) as ClusterStatus);
  expect(await existingCluster(cli, { list }, given)).toBe(meant);
});
