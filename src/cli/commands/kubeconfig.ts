import { mergeKubeconfig, renderKubeconfig } from '../../cluster/kubeconfig.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

export interface KubeconfigFlags extends GlobalOptions {
  name?: string;
  merge?: boolean;
  kubeconfig?: string;
}

export async function kubeconfig(cli: CliContext, flags: KubeconfigFlags): Promise<void> {
  const access = await withClusters(cli, flags, async (clusters) => clusters.access(await existingCluster(cli, clusters, flags.name)));
  if (flags.merge !== true) {
    cli.stdout.write(renderKubeconfig(access));
    return;
  }
  const file = await mergeKubeconfig(access, { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) });
  cli.stdout.write(`Merged context ${access.context} into ${file}; it is the current one now.\n`);
}

export const registerKubeconfig: Register = (program, cli) => {
  const command = program
    .command('kubeconfig')
    .description('print the access to a cluster as a kubeconfig of its own, or merge it')
    .argument('[name]', 'the cluster')
    .option('--name <name>', existingClusterHelp)
    .option('--merge', 'merge it as `up` does instead of printing it')
    .option('--kubeconfig <file>', 'with --merge: the file to merge into')
    .addHelpText('after', '\nExamples:\n  shoal kubeconfig > lab.yaml\n  shoal kubeconfig lab --merge\n');
  command.action((name: string | undefined) => {
    const flags = command.optsWithGlobals<KubeconfigFlags>();
    return kubeconfig(cli, name === undefined ? flags : { ...flags, name });
  });
};
