import { remaining } from '../../cluster/lifetime.ts';
import { spawnReaper } from '../../cluster/reaper/spawn.ts';
import { ShoalError } from '../../util/errors.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { timeoutOf } from '../duration.ts';
import { outputFormat, printJson } from '../output.ts';
import { existingCluster, type Register } from './command.ts';

export interface TtlFlags extends GlobalOptions {
  kubeconfig?: string;
  output?: string;
}

/** `ttl [NAME] TIME`: with one argument, that is the time. */
export async function ttl(cli: CliContext, args: readonly [string, string?], flags: TtlFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const [given, text] = args[1] === undefined ? [undefined, args[0]] : [args[0], args[1]];
  const ms = text === 'never' ? undefined : timeoutOf(text);
  const found = await withClusters(cli, flags, async (clusters) => {
    const name = await existingCluster(cli, clusters, given);
    const expires = ms === undefined ? undefined : cli.clock.now() + ms;
    await clusters.setExpiry(name, expires);
    return { name, expires, ...(await clusters.lifetime(name)) };
  });
  const { name, expires, instance } = found;
  if (expires !== undefined) awaitDeadline(cli, name, { instance, expires }, flags.kubeconfig);
  if (format === 'json') printJson(cli, { name, expires: expires === undefined ? null : new Date(expires).toISOString() });
  else if (format === 'name') cli.stdout.write(`${name}\n`);
  else if (expires === undefined) cli.stdout.write(`Cluster ${name} stays until it is removed.\n`);
  else
    cli.stdout.write(`Cluster ${name} removes itself in ${remaining(expires, cli.clock.now())}, at ${new Date(expires).toISOString()}.\n`);
}

/** Leaves a process behind that removes the cluster in time. */
export function awaitDeadline(
  cli: CliContext,
  cluster: string,
  { instance, expires }: { instance: string | undefined; expires: number },
  kubeconfig?: string,
): void {
  spawnReaper(
    {
      cluster,
      when: 'deadline',
      expires,
      ...(instance === undefined ? {} : { instance }),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
    },
    cli.env,
  );
}

export const registerTtl: Register = (program, cli) => {
  const command = program
    .command('ttl')
    .description('let a cluster remove itself after a time, or never')
    .argument('[name]', 'the cluster')
    .argument('[time]', 'from now, such as 4h or 90m; or never')
    .option('--kubeconfig <file>', 'the file that its access was merged into')
    .option('-o, --output <format>', 'json or name')
    .addHelpText('after', '\nExamples:\n  shoal ttl 4h\n  shoal ttl lab 90m\n  shoal ttl lab never\n');
  command.action((first: string | undefined, second: string | undefined) => {
    if (first === undefined)
      throw new ShoalError('USAGE', 'no time was given', { next: 'Say how long, such as `shoal ttl 4h`, or never.' });
    return ttl(cli, [first, second], command.optsWithGlobals<TtlFlags>());
  });
};
