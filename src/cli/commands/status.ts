import type { NodeStatus } from '../../cluster/context.ts';
import { exposedServices } from '../../cluster/expose.ts';
import { remaining } from '../../cluster/lifetime.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';
import { exposedTable } from './expose.ts';

export interface StatusFlags extends GlobalOptions {
  name?: string;
  output?: string;
}

const stateOf = (node: NodeStatus): string => {
  if (!node.running) return 'Stopped';
  return node.ready === undefined ? 'Unknown' : node.ready ? 'Ready' : 'NotReady';
};
const gibibytes = (bytes: number | undefined): string => (bytes === undefined ? 'all' : `${Math.round((bytes / 1024 ** 3) * 100) / 100}Gi`);

export async function status(cli: CliContext, flags: StatusFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const { found, exposed } = await withClusters(cli, flags, async (clusters) => {
    const found = await clusters.status(await existingCluster(cli, clusters, flags.name));
    // A cluster that does not answer has a status all the same.
    const ask = found.state !== 'stopped' && found.simulated !== true && format !== 'name';
    return { found, exposed: ask ? await exposedServices({ ...cli, clusters }, found.name).catch(() => []) : [] };
  });
  if (format === 'json') {
    printJson(cli, { ...found, ...(exposed.length === 0 ? {} : { exposed }) });
    return;
  }
  if (format === 'name') {
    cli.stdout.write(found.nodes.map((node) => `${node.name}\n`).join(''));
    return;
  }
  const rows = found.nodes.map((node) => [
    node.name,
    node.role,
    stateOf(node),
    node.ip,
    node.podCIDR,
    String(node.resources.cpu ?? 'all'),
    gibibytes(node.resources.memory),
  ]);
  cli.stdout.write(
    [
      `Cluster ${found.name} is ${found.state}${found.simulated === true ? '; its nodes are simulated' : ''}.`,
      `  API server  ${found.apiServer.url}`,
      `  gateway     ${found.gateway.url}`,
      ...(found.registry === undefined ? [] : [`  registry    ${found.registry.host}`]),
      `  context     ${found.kubeconfig.context}`,
      ...(found.expires === undefined
        ? []
        : [`  ttl         ${remaining(Date.parse(found.expires), cli.clock.now())}, until ${found.expires}`]),
      '',
      table(['NODE', 'ROLE', 'STATE', 'ADDRESS', 'PODS', 'CPU', 'MEMORY'], rows),
      ...(exposed.length === 0 ? [] : [exposedTable(exposed)]),
    ].join('\n'),
  );
}

export const registerStatus: Register = (program, cli) => {
  const command = program
    .command('status')
    .description('show a cluster: its nodes, addresses and state')
    .argument('[name]', 'the cluster')
    .option('--name <name>', existingClusterHelp)
    .option('-o, --output <format>', 'json, or name for the nodes');
  command.addHelpText('after', '\nExamples:\n  shoal status\n  shoal status lab -o json\n');
  command.action((name: string | undefined) => {
    const flags = command.optsWithGlobals<StatusFlags>();
    return status(cli, name === undefined ? flags : { ...flags, name });
  });
};
