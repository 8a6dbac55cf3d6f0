import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { clusterName, type Register } from './command.ts';

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
      .option('--name <name>', 'the cluster (default: $SHOAL_CLUSTER_NAME or "shoal")')
      .addHelpText('after', `\nExamples:\n  shoal ${verb}\n  shoal ${verb} lab\n`);
    command.action(async (given: string | undefined) => {
      const flags = command.optsWithGlobals<Flags>();
      const name = clusterName(cli, given ?? flags.name);
      await withClusters(cli, flags, (clusters) => clusters[verb](name));
      cli.stdout.write(
        `Cluster ${name} is ${done}${verb === 'stop' && name !== 'shoal' ? ` ${name}` : ''}${verb === 'start' ? '.' : ''}\n`,
      );
    });
  };
}

export const registerStop = register('stop');
export const registerStart = register('start');
