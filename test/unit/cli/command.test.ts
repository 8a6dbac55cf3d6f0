import { expect, test } from 'vitest';
import { existingCluster } from '../../../src/cli/commands/command.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import type { ClusterStatus } from '../../../src/cluster/context.ts';

const rows: { what: string; present: string[]; given?: string; env?: string; meant: string }[] = [
  { what: 'the one that is named, whatever there is', present: ['demo'], given: 'lab', env: 'ci', meant: 'lab' },
  { what: 'the one in the environment', present: ['demo'], env: 'ci', meant: 'ci' },
  { what: 'the only one there is', present: ['demo'], meant: 'demo' },
  { what: 'shoal among several', present: ['demo', 'shoal'], meant: 'shoal' },
  { what: 'shoal, which is not there, when several could be meant', present: ['demo', 'lab'], meant: 'shoal' },
  { what: 'shoal when there is none', present: [], meant: 'shoal' },
];

test.each(rows)('a command works with $what', async ({ present, given, env, meant }) => {
  const cli = { env: { SHOAL_CLUSTER_NAME: env } } as Partial<CliContext> as CliContext;
  const list = async () => present.map((name) => ({ name }) as ClusterStatus);
  expect(await existingCluster(cli, { list }, given)).toBe(meant);
});
