import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

export interface ResetFlags extends GlobalOptions {
  name?: string;
  output?: string;
}

export async function reset(cli: CliContext, flags: ResetFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const { name, restored, seconds } = await withClusters(cli, flags, async (clusters) => {
    const name = await existingCluster(cli, clusters, flags.name);
    const since = cli.clock.now();
    const restored = await clusters.reset(name);
    return { name, restored, seconds: (cli.clock.now() - since) / 1000 };
  });
  if (format === 'json') printJson(cli, { name, ...restored, seconds });
  else if (format === 'name') cli.stdout.write(`${name}\n`);
  else {
    const { added, modified, deleted } = restored;
    cli.stdout.write(
      `Cluster ${name} is as it was after up, in ${seconds.toFixed(1)} s: ${deleted} objects removed, ${added} made, ${modified} changed back.\n`,
    );
  }
}

export const registerReset: Register = (program, cli) => {
  const command = program
    .command('reset')
    .description('take a cluster back to the state just after up, without making it anew')
    .argument('[name]', 'the cluster')
    .option('--name <name>', existingClusterHelp)
    .option('-o, --output <format>', 'json or name')
    .addHelpText('after', '\nExamples:\n  shoal reset\n  shoal reset lab -o json\n');
  command.action((name: string | undefined) => {
    const flags = command.optsWithGlobals<ResetFlags>();
    return reset(cli, name === undefined ? flags : { ...flags, name });
  });
};
