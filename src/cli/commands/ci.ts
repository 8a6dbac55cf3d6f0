import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UpResult } from '../../cluster/context.ts';
import { renderKubeconfig } from '../../cluster/kubeconfig.ts';
import { spawnReaper } from '../../cluster/reaper/spawn.ts';
import { messageOf } from '../../util/errors.ts';
import { runCommand } from '../ci/run-command.ts';
import { writeEvidence } from '../ci/write-evidence.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { timeoutOf } from '../duration.ts';
import { Exit } from '../exit.ts';
import type { Register } from './command.ts';
import { specFor, wholeNumber } from './up.ts';

interface CiFlags extends GlobalOptions {
  file?: string;
  workers?: number;
  simulate?: boolean;
  evidence?: string;
  timeout?: string;
}

/**
 * A cluster for one command: made, handed over in `KUBECONFIG`, and removed whatever happens. Should this process be killed,
 * a reaper removes it.
 */
async function ci(cli: CliContext, command: readonly string[], flags: CiFlags): Promise<void> {
  const name = `ci-${randomBytes(4).toString('hex')}`;
  const { spec, warnings } = await specFor(cli, { ...flags, name });
  const timeoutMs = timeoutOf(flags.timeout);
  const directory = await mkdtemp(join(tmpdir(), `shoal-${name}-`));
  const kubeconfig = join(directory, 'kubeconfig');
  const env = { ...cli.env, KUBECONFIG: kubeconfig, SHOAL_CLUSTER_NAME: name };
  const reaper = spawnReaper({ cluster: name, when: 'parent-dies', parent: process.pid, kubeconfig, directory }, cli.env);
  const say = (text: string): void => void (flags.quiet === true || cli.stderr.write(`shoal: ${text}\n`));
  try {
    const { access } = await withClusters(
      cli,
      { ...flags, ...(flags.simulate === true ? {} : { engine: 'ensured' }) },
      async (clusters, progress): Promise<UpResult> => {
        for (const warning of warnings) progress.note(warning);
        return clusters.up(spec, {
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          ...(flags.simulate === undefined ? {} : { simulate: flags.simulate }),
        });
      },
    );
    await writeFile(kubeconfig, renderKubeconfig(access), { mode: 0o600 });
    const result = await runCommand(command, { env, clock: cli.clock, signal: cli.signal });
    if (result.exitCode === 0) return;
    say(`${command[0]} ${result.how}`);
    if (!cli.signal.aborted) {
      const folder = flags.evidence ?? `shoal-evidence-${name}`;
      const { files, unhealthy } = await withClusters(cli, { quiet: true }, (clusters) =>
        writeEvidence(cli, clusters, { cluster: name, access, command, result }, folder),
      );
      say(`${files} files about the cluster are in ${folder} (start with summary.txt)`);
      for (const { answer } of unhealthy.slice(0, 3)) say(`  ${answer}`);
    }
    throw new Exit(result.exitCode);
  } finally {
    await remove(cli, name, directory).then(
      () => reaper.disarm(),
      // The reaper tries for longer.
      (thrown: unknown) => say(`${name} could not be removed yet: ${messageOf(thrown)}`),
    );
  }
}

/** Not stopped by what stopped the command. */
async function remove(cli: CliContext, name: string, directory: string): Promise<void> {
  const unhurried = { ...cli, signal: new AbortController().signal };
  await withClusters(unhurried, { quiet: true }, (clusters) => clusters.down(name));
  await rm(directory, { recursive: true, force: true });
}

export const registerCi: Register = (program, cli) => {
  const ciCommand = program
    .command('ci')
    .description('run a command with a cluster of its own, which is removed whatever happens')
    .argument('<command...>', 'the command, after --')
    .option('-f, --file <file>', "cluster.yaml (Shoal's or kind's), or - for standard input")
    .option('--workers <count>', 'number of worker nodes', wholeNumber)
    .option('--simulate', 'simulated nodes in one process: needs no Docker, and pods only pretend to run')
    .option('--evidence <folder>', 'where a failure is documented (default: shoal-evidence-NAME)')
    .option('--timeout <duration>', 'how long making the cluster may take, such as 5m')
    .addHelpText(
      'after',
      [
        '',
        'The command finds the cluster through KUBECONFIG, and its name in SHOAL_CLUSTER_NAME. Its exit code is kept.',
        'When it fails, logs, events, objects, reasons and the timeline are written to the folder, with a junit.xml.',
        '',
        'Examples:',
        '  shoal ci -- npm test',
        '  shoal ci --simulate --evidence out -- sh -c "kubectl apply -f app.yaml && kubectl rollout status deploy/app"',
        '  shoal ci -f cluster.yaml -- ./e2e.sh',
        '',
      ].join('\n'),
    );
  ciCommand.action((command: string[]) => ci(cli, command, ciCommand.optsWithGlobals<CiFlags>()));
};
