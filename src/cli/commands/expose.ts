import { type ExposedPort, exposedServices, exposeService, unexposeService } from '../../cluster/expose.ts';
import { ShoalError } from '../../util/errors.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

export interface ExposeFlags extends GlobalOptions {
  name?: string;
  namespace?: string;
  port?: string;
  output?: string;
}

/** `service/web`, `svc/web` or `web`. Throws USAGE. */
function serviceOf(text: string, flags: ExposeFlags): { namespace: string; name: string } {
  const [, name] = /^(?:(?:services?|svc)\/)?([a-z0-9]([-a-z0-9]*[a-z0-9])?)$/.exec(text) ?? [];
  if (name === undefined) throw new ShoalError('USAGE', `"${text}" is not a service`, { next: 'Write it as service/NAME.' });
  return { namespace: flags.namespace ?? 'default', name };
}

function print(cli: CliContext, flags: ExposeFlags, ports: readonly ExposedPort[]): void {
  const format = outputFormat(flags.output);
  if (format === 'json') printJson(cli, ports);
  else if (format === 'name') cli.stdout.write(ports.map(({ namespace, service }) => `${namespace}/${service}\n`).join(''));
  else if (ports.length === 0) cli.stderr.write('No service is exposed. Expose one with: shoal expose service/NAME\n');
  else cli.stdout.write(exposedTable(ports));
}

export const exposedTable = (ports: readonly ExposedPort[]): string =>
  table(
    ['SERVICE', 'PORT', 'ADDRESS'],
    ports.map(({ namespace, service, port, address }) => [`${namespace}/${service}`, String(port), address ?? 'none is free']),
  );

export async function expose(cli: CliContext, text: string, flags: ExposeFlags): Promise<void> {
  const service = serviceOf(text, flags);
  const ports = await withClusters(cli, flags, async (clusters) => {
    const cluster = await existingCluster(cli, clusters, flags.name);
    return exposeService({ ...cli, clusters }, cluster, { ...service, ...(flags.port === undefined ? {} : { port: flags.port }) });
  });
  print(cli, flags, ports);
}

export async function list(cli: CliContext, flags: ExposeFlags): Promise<void> {
  const ports = await withClusters(cli, flags, async (clusters) =>
    exposedServices({ ...cli, clusters }, await existingCluster(cli, clusters, flags.name)),
  );
  print(cli, flags, ports);
}

export async function remove(cli: CliContext, text: string, flags: ExposeFlags): Promise<void> {
  const service = serviceOf(text, flags);
  const existed = await withClusters(cli, flags, async (clusters) =>
    unexposeService({ ...cli, clusters }, await existingCluster(cli, clusters, flags.name), service),
  );
  const name = `${service.namespace}/${service.name}`;
  cli.stdout.write(existed ? `Service ${name} is no longer exposed.\n` : `Service ${name} was not exposed.\n`);
}

export const registerExpose: Register = (program, cli) => {
  const cluster = ['--name <cluster>', existingClusterHelp] as const;
  const namespace = ['-n, --namespace <namespace>', 'of the service (default: default)'] as const;
  const output = ['-o, --output <format>', 'json or name'] as const;
  const command = program
    .command('expose')
    .description('make ports of a service reachable from this machine, without making the cluster anew')
    .argument('<service>', 'service/NAME')
    .option('--port <port>', "one of the service's ports, by number or name (default: all TCP ports)")
    .option(...namespace)
    .option(...cluster)
    .option(...output)
    .addHelpText(
      'after',
      '\nA service of type LoadBalancer is exposed by itself. TCP only.\n\nExamples:\n  shoal expose service/web\n  shoal expose service/db --port 5432 -n shop\n  shoal expose list\n  shoal expose remove service/web\n',
    );
  command.action((service: string) => expose(cli, service, command.optsWithGlobals<ExposeFlags>()));
  const listing = command
    .command('list')
    .alias('ls')
    .description('list exposed ports')
    .option(...cluster)
    .option(...output);
  listing.addHelpText('after', '\nExamples:\n  shoal expose list -o json\n');
  listing.action(() => list(cli, listing.optsWithGlobals<ExposeFlags>()));
  const removing = command
    .command('remove')
    .alias('rm')
    .description('no longer expose a service')
    .argument('<service>', 'service/NAME')
    .option(...namespace)
    .option(...cluster)
    .addHelpText('after', '\nExamples:\n  shoal expose remove service/web\n');
  removing.action((service: string) => remove(cli, service, removing.optsWithGlobals<ExposeFlags>()));
};
