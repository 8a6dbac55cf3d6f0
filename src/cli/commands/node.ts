import { amount } from '../../cluster/config/values.ts';
import { ShoalError } from '../../util/errors.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

interface NodeFlags extends GlobalOptions {
  name?: string;
  cluster?: string;
  cpu?: string;
  memory?: string;
  label?: string[];
}

function size(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = amount(text);
  if (value === undefined)
    throw new ShoalError('USAGE', `--${flag} ${text} is not a positive quantity`, { next: 'Write it as Kubernetes does: 2, 1500m, 1Gi.' });
  return value;
}

const labelsOf = (pairs: string[] | undefined): Record<string, string> =>
  Object.fromEntries(
    (pairs ?? []).map((pair) => {
      const [key = '', ...value] = pair.split('=');
      return [key, value.join('=')];
    }),
  );

async function add(cli: CliContext, given: string | undefined, flags: NodeFlags): Promise<void> {
  const cpu = size('cpu', flags.cpu);
  const memory = size('memory', flags.memory);
  const name = await withClusters(cli, flags, async (clusters) =>
    clusters.addNode(await existingCluster(cli, clusters, flags.cluster ?? flags.name), {
      ...(given === undefined ? {} : { name: given }),
      labels: labelsOf(flags.label),
      resources: { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) },
    }),
  );
  cli.stdout.write(`Node ${name} is Ready.\n`);
}

const actions = {
  remove: { run: 'removeNode', description: 'remove a node: its pods move, its container and Node object go', done: 'is removed' },
  kill: {
    run: 'killNode',
    description: 'kill a node as a power cut would (SIGKILL of its container); bring it back with `node start`',
    done: 'is dead',
  },
  start: { run: 'startNode', description: 'start a killed or stopped node, and return when it is Ready', done: 'is Ready' },
} as const;

export const registerNode: Register = (program, cli) => {
  const node = program.command('node').description('add, remove, kill and start single nodes of a running cluster');
  const ofCluster = ['--cluster <name>', existingClusterHelp] as const;
  const adding = node
    .command('add')
    .alias('create')
    .description('add a worker, and return when it is Ready')
    .argument('[node]', 'its name (default: the next free one)')
    .option(...ofCluster)
    .option('--name <name>', 'the same as --cluster')
    .option('--cpu <cores>', 'size of the node, such as 2 or 500m')
    .option('--memory <bytes>', 'size of the node, such as 1Gi')
    .option('--label <key=value...>', 'labels of the node')
    .addHelpText('after', '\nExamples:\n  shoal node add\n  shoal node add big --cpu 4 --memory 8Gi --label disk=ssd\n');
  adding.action((given: string | undefined) => add(cli, given, adding.optsWithGlobals<NodeFlags>()));
  for (const [verb, { run, description, done }] of Object.entries(actions)) {
    const command = node
      .command(verb)
      .description(description)
      .argument('<node...>', 'names of nodes')
      .option(...ofCluster)
      .option('--name <name>', 'the same as --cluster')
      .addHelpText('after', `\nExamples:\n  shoal node ${verb} shoal-worker\n`);
    if (verb === 'remove') command.alias('delete').alias('rm');
    command.action(async (names: string[]) => {
      const flags = command.optsWithGlobals<NodeFlags>();
      const cluster = flags.cluster ?? flags.name ?? cli.env['SHOAL_CLUSTER_NAME'];
      await withClusters(cli, flags, async (clusters) => {
        for (const name of names) await clusters[run](name, cluster);
      });
      for (const name of names) cli.stdout.write(`Node ${name} ${done}.\n`);
    });
  }
};
