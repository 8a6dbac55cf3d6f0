import { remaining } from '../../cluster/lifetime.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import type { Register } from './command.ts';

interface ListFlags extends GlobalOptions {
  output?: string;
}

export async function list(cli: CliContext, flags: ListFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const clusters = await withClusters(cli, flags, (every) => every.list());
  if (format === 'json') printJson(cli, clusters);
  else if (format === 'name') cli.stdout.write(clusters.map((cluster) => `${cluster.name}\n`).join(''));
  else if (clusters.length === 0) cli.stderr.write('There are no clusters. Make one with: shoal up\n');
  else {
    const rows = clusters.map((cluster) => [
      cluster.name,
      cluster.simulated === true ? `${cluster.state}, simulated` : cluster.state,
      `${cluster.nodes.filter((node) => node.running).length}/${cluster.nodes.length}`,
      cluster.apiServer.url,
      cluster.gateway.url,
      cluster.expires === undefined ? '-' : remaining(Date.parse(cluster.expires), cli.clock.now()),
    ]);
    cli.stdout.write(table(['NAME', 'STATE', 'NODES', 'API SERVER', 'GATEWAY', 'TTL'], rows));
  }
}

export const registerList: Register = (program, cli) => {
  const command = program.command('list').alias('ls').description('list clusters').option('-o, --output <format>', 'json or name');
  command.addHelpText('after', '\nExamples:\n  shoal list\n  shoal list -o json\n');
  command.action(() => list(cli, command.optsWithGlobals<ListFlags>()));
};
