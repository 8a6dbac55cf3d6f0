import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withAdmin } from '../../cluster/access.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';
import { type KubeconfigFlags, kubeconfig } from './kubeconfig.ts';

interface ExportFlags extends GlobalOptions {
  name?: string;
}

/** `shoal export [DIRECTORY]`: all that there is to know of a cluster and of the machine under it, for a report of a bug. */
export async function exportDiagnostics(cli: CliContext, directory: string | undefined, flags: ExportFlags): Promise<void> {
  const [{ collectEvidence }, { diagnose }, { thisMachine }] = await Promise.all([
    import('../../evidence/evidence.ts'),
    import('../../cluster/doctor/doctor.ts'),
    import('../../cluster/doctor/machine.ts'),
  ]);
  const { folder, evidence } = await withClusters(cli, flags, async (clusters) => {
    const cluster = await existingCluster(cli, clusters, flags.name);
    const [status, access] = await Promise.all([clusters.status(cluster), clusters.access(cluster)]);
    const to = directory ?? `shoal-export-${cluster}`;
    const collected = await withAdmin(cli, access, (client) =>
      collectEvidence({ client, machineLogs: () => clusters.machineLogs(cluster) }, to),
    );
    await writeFile(join(to, 'status.json'), `${JSON.stringify(status, null, 2)}\n`);
    return { folder: to, evidence: collected };
  });
  const machine = await diagnose(await thisMachine({ clock: cli.clock, env: cli.env, note: () => undefined }));
  await writeFile(join(folder, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
  const missing = evidence.notes.length === 0 ? '' : `; what could not be found out is in notes.txt`;
  cli.stdout.write(`Wrote ${evidence.files + 2} files to ${folder}, with the data of Secrets left out${missing}.\n`);
}

export const registerExport: Register = (program, cli) => {
  const described = (command: ReturnType<typeof program.command>) =>
    command.argument('[directory]', 'default: shoal-export-NAME').option('--name <name>', existingClusterHelp);
  const command = described(program.command('export')).description(
    'write logs, events, objects, timeline and what is wrong with a cluster into a directory',
  );
  command.addHelpText('after', '\nExamples:\n  shoal export\n  shoal export ./report --name lab\n');
  command.action((directory: string | undefined) => exportDiagnostics(cli, directory, command.optsWithGlobals<ExportFlags>()));
  // As kind has them.
  const logs = described(command.command('logs', { hidden: true }));
  logs.action((directory: string | undefined) => exportDiagnostics(cli, directory, logs.optsWithGlobals<ExportFlags>()));
  const access = command.command('kubeconfig', { hidden: true }).option('--name <name>').option('--kubeconfig <file>');
  access.action(() => kubeconfig(cli, { ...access.optsWithGlobals<KubeconfigFlags>(), merge: true }));
};
