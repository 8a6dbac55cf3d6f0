import { contextName, removeKubeconfig } from '../../cluster/kubeconfig.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { clusterName, type Register } from './command.ts';

export interface DownFlags extends GlobalOptions {
  name?: string;
  all?: boolean;
  kubeconfig?: string;
}

/** Removing what is not there is success, as with kind: a clean-up can always be run. */
export async function down(cli: CliContext, flags: DownFlags): Promise<void> {
  const place = { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) };
  const removed = await withClusters(cli, flags, async (clusters) => {
    const names = flags.all === true ? (await clusters.list()).map((cluster) => cluster.name) : [clusterName(cli, flags.name)];
    return Promise.all(
      names.map(async (name) => {
        const existed = await clusters.down(name);
        const files = await removeKubeconfig(contextName(name), place);
        return { name, existed, files };
      }),
    );
  });
  for (const { name, existed, files } of removed) {
    const cleaned = files.length > 0 ? `, and its entries in ${files.join(', ')}` : '';
    cli.stdout.write(existed ? `Removed cluster ${name}${cleaned}.\n` : `There is no cluster ${name}; nothing to remove${cleaned}.\n`);
  }
  if (removed.length === 0) cli.stdout.write('There are no clusters.\n');
}

export const registerDown: Register = (program, cli) => {
  const command = program
    .command('down')
    .description('remove a cluster and everything it made')
    .argument('[name]', 'the cluster')
    .option('--name <name>', 'the cluster (default: $SHOAL_CLUSTER_NAME or "shoal")')
    .option('--all', 'remove every cluster')
    .option('--kubeconfig <file>', 'the file that its access was merged into')
    .addHelpText('after', '\nExamples:\n  shoal down\n  shoal down lab\n  shoal down --all\n');
  command.action((name: string | undefined) => {
    const flags = command.optsWithGlobals<DownFlags>();
    return down(cli, name === undefined ? flags : { ...flags, name });
  });
};
