import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

interface Flags extends GlobalOptions {
  name?: string;
}

const verbs = {
  stop: { description: 'stop a cluster, keeping everything in it', done: 'stopped. Start it again with: shoal start' },
  start: { description: 'start a stopped cluster, and return when it is usable', done: 'up' },
} as const;

function register(verb: keyof typeof verbs): Register {
  const { description, done } = verbs[verb];
  return (program, cli: CliContext) => {
    const command = program
      .command(verb)
      .description(description)
      .argument('[name]', 'the cluster')
      .option('--name <name>', existingClusterHelp)
      .addHelpText('after', `\nExamples:\n  shoal ${verb}\n  shoal ${verb} lab\n`);
    command.action(async (given: string | undefined) => {
      const flags = command.optsWithGlobals<Flags>();
      const name = await withClusters(cli, flags, async (clusters) => {
        const cluster = await existingCluster(cli, clusters, given ?? flags.name);
        await clusters[verb](cluster);
        return cluster;
      });
      cli.stdout.write(
        `Cluster ${name} is ${done}${verb === 'stop' && name !== 'shoal' ? ` ${name}` : ''}${verb === 'start' ? '.' : ''}\n`,
      );
    });
  };
}

export const registerStop = register('stop');
export const registerStart = register('start');
