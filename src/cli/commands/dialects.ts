import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type DownFlags, down } from './down.ts';
import { type KubeconfigFlags, kubeconfig } from './kubeconfig.ts';
import { list } from './list.ts';
import { type LoadFlags, load } from './load.ts';
import { type StatusFlags, status } from './status.ts';
import { type UpFlags, up, wholeNumber } from './up.ts';

/**
 * The spellings of kind (`create cluster`) and k3d (`cluster create`), so that fingers and scripts need not change. They
 * lead to the same functions as Shoal's own verbs and are left out of the help.
 */
export function registerDialects(program: Command, cli: CliContext): void {
  kind(program, cli);
  k3d(program, cli);
}

const hidden = { hidden: true } as const;
const flagsOf = <T extends object>(command: Command): T => command.optsWithGlobals() as T;
const withName = <T extends { name?: string }>(flags: T, name: string | undefined): T => (name === undefined ? flags : { ...flags, name });

function upOptions(command: Command): Command {
  return command
    .option('--config <file>')
    .option('--name <name>')
    .option('-n, --cluster <name>')
    .option('--retain')
    .option('--no-rollback')
    .option('--wait <duration>')
    .option('--timeout <duration>')
    .option('--kubeconfig <file>')
    .option('--image <image>')
    .option('-a, --agents <count>', '', wholeNumber);
}

type UpDialect = UpFlags & { config?: string; agents?: number; rollback?: boolean };
/** Both make one node unless told otherwise. */
function upFlags(flags: UpDialect): UpFlags {
  const { config, agents, rollback, wait, ...rest } = flags;
  // kind's default is not to wait, written as 0s; Shoal always returns a usable cluster.
  return {
    ...rest,
    ...(config === undefined ? { workers: agents ?? 0 } : { file: config, ...(agents === undefined ? {} : { workers: agents }) }),
    ...(rollback === false ? { retain: true } : {}),
    ...(wait === undefined || /^0+(ms|s|m|h)?$/.test(wait) ? {} : { wait }),
  };
}

function kind(program: Command, cli: CliContext): void {
  const create = program.command('create', hidden);
  const cluster = upOptions(create.command('cluster'));
  cluster.action(() => up(cli, upFlags(flagsOf<UpDialect>(cluster))));

  const remove = program.command('delete', hidden);
  const one = remove.command('cluster').option('--name <name>').option('--kubeconfig <file>');
  one.action(() => down(cli, flagsOf<DownFlags>(one)));
  const many = remove.command('clusters').argument('[names...]').option('-A, --all').option('--kubeconfig <file>');
  many.action(async (names: string[]) => {
    const flags = flagsOf<DownFlags>(many);
    if (flags.all === true) await down(cli, flags);
    else for (const name of names) await down(cli, { ...flags, name });
  });

  const get = program.command('get', hidden);
  get.command('clusters').action(() => list(cli, { output: 'name' }));
  const nodes = get.command('nodes').option('--name <name>');
  nodes.action(() => status(cli, { ...flagsOf<StatusFlags>(nodes), output: 'name' }));
  const access = get.command('kubeconfig').option('--name <name>').option('--internal');
  access.action(() => kubeconfig(cli, flagsOf<KubeconfigFlags>(access)));
}

function k3d(program: Command, cli: CliContext): void {
  const cluster = program.command('cluster', hidden);
  const create = upOptions(cluster.command('create').argument('[name]'));
  create.action((name: string | undefined) => up(cli, upFlags(withName(flagsOf<UpDialect>(create), name))));
  const remove = cluster.command('delete').argument('[names...]').option('-a, --all').option('--kubeconfig <file>');
  remove.action(async (names: string[]) => {
    const flags = flagsOf<DownFlags>(remove);
    if (flags.all === true || names.length === 0) await down(cli, flags);
    else for (const name of names) await down(cli, { ...flags, name });
  });
  const listing = cluster.command('list').alias('ls').argument('[names...]').option('-o, --output <format>').option('--no-headers');
  listing.action(() => list(cli, flagsOf(listing)));
  for (const verb of ['start', 'stop']) {
    const command = cluster.command(verb).argument('[name]').option('--name <name>');
    command.action(
      async (name: string | undefined) => void (await program.parseAsync([verb, ...(name === undefined ? [] : [name])], { from: 'user' })),
    );
  }
  const image = program.command('image', hidden).command('import').argument('<image...>').option('-c, --cluster <name>');
  image.action((images: string[]) => {
    const { cluster: name, ...flags } = flagsOf<LoadFlags & { cluster?: string }>(image);
    return load(cli, images, withName(flags, name));
  });
}
