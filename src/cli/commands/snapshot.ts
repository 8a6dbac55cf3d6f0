import { existingClusterHelp, type Register } from './command.ts';
import { exportTo, type FileFlags, importFrom, list, remove } from './snapshot/files.ts';
import { fork, restore, type StateFlags, save } from './snapshot/state.ts';

const output = ['-o, --output <format>', 'json or name'] as const;
const kubeconfig = ['--kubeconfig <file>', 'merge the access to a cluster that is made into this file'] as const;

export const registerSnapshot: Register = (program, cli) => {
  const snapshot = program.command('snapshot').description('save whole clusters, bring them back, and make new ones of them');

  const saving = snapshot
    .command('save')
    .alias('create')
    .description('save a running cluster: its objects, and the data of its volumes')
    .argument('[snapshot]', 'a name for it (default: the cluster and the time)')
    .option('--name <cluster>', existingClusterHelp)
    .option('--images', 'take the loaded images along, not their names alone')
    .option(...output)
    .addHelpText('after', '\nExamples:\n  shoal snapshot save\n  shoal snapshot save before-upgrade --name lab --images\n');
  saving.action((name: string | undefined) => save(cli, name, saving.optsWithGlobals<StateFlags>()));

  const restoring = snapshot
    .command('restore')
    .description('bring a snapshot back, into its cluster or one that is made anew')
    .argument('<snapshot>', 'its name')
    .option('--name <cluster>', 'the cluster that becomes like it (default: the one that was saved)')
    .option(...kubeconfig)
    .option(...output)
    .addHelpText(
      'after',
      '\nExamples:\n  shoal snapshot restore before-upgrade\n  shoal down lab && shoal snapshot restore before-upgrade\n',
    );
  restoring.action((name: string) => restore(cli, name, restoring.optsWithGlobals<StateFlags>()));

  const forking = snapshot
    .command('fork')
    .description('make a second cluster from a snapshot, or from one that runs')
    .argument('<from>', 'a snapshot, or a running cluster')
    .argument('<cluster>', 'name of the new cluster')
    .option(...kubeconfig)
    .option(...output)
    .addHelpText('after', '\nExamples:\n  shoal snapshot fork before-upgrade trial\n  shoal snapshot fork lab lab2\n');
  forking.action((from: string, cluster: string) => fork(cli, from, cluster, forking.optsWithGlobals<StateFlags>()));

  const listing = snapshot
    .command('list')
    .alias('ls')
    .description('list snapshots')
    .option(...output);
  listing.addHelpText('after', '\nExamples:\n  shoal snapshot list\n  shoal snapshot list -o json\n');
  listing.action(() => list(cli, listing.optsWithGlobals<FileFlags>()));

  snapshot
    .command('export')
    .description('copy a snapshot to a file')
    .argument('<snapshot>', 'its name')
    .argument('<file>', 'where to, or - for standard output')
    .addHelpText(
      'after',
      '\nThe file holds the Secrets of the cluster.\n\nExamples:\n  shoal snapshot export before-upgrade lab.tar.zst\n  shoal snapshot export before-upgrade - | ssh host shoal snapshot import -\n',
    )
    .action((name: string, file: string) => exportTo(cli, name, file));

  const importing = snapshot
    .command('import')
    .description('take in a snapshot that was exported')
    .argument('<file>', 'the file, or - for standard input')
    .option('--as <snapshot>', 'name it so (default: as it was named)')
    .addHelpText('after', '\nExamples:\n  shoal snapshot import lab.tar.zst\n  shoal snapshot import - --as from-ci < lab.tar.zst\n');
  importing.action((file: string) => importFrom(cli, file, importing.optsWithGlobals<FileFlags>()));

  snapshot
    .command('delete')
    .alias('rm')
    .description('delete snapshots')
    .argument('<snapshot...>', 'their names')
    .addHelpText('after', '\nExamples:\n  shoal snapshot delete before-upgrade\n')
    .action((names: string[]) => remove(cli, names));
};
