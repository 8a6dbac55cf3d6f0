import { ShoalError } from '../../util/errors.ts';
import { openInBrowser } from '../browser.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

interface OpenFlags extends GlobalOptions {
  name?: string;
  printUrl?: boolean;
  output?: string;
}

async function open(cli: CliContext, flags: OpenFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const status = await withClusters(cli, flags, async (clusters) => clusters.status(await existingCluster(cli, clusters, flags.name)));
  if (status.state === 'stopped') {
    throw new ShoalError('CLUSTER_NOT_RUNNING', `the cluster ${status.name} is stopped`, {
      next: `Start it with \`shoal start ${status.name}\`.`,
    });
  }
  const url = clusterPageURL(status.gateway.url);
  if (format === 'json') printJson(cli, { name: status.name, url });
  else if (flags.printUrl === true) cli.stdout.write(`${url}\n`);
  else if (await openInBrowser(url, cli.env)) cli.stdout.write(`Opened ${url}\n`);
  else cli.stdout.write(`There is no browser here. Open this one in yours:\n  ${url}\n`);
}

/** The page's address at a cluster's gateway. */
export function clusterPageURL(gateway: string): string {
  const url = new URL(gateway);
  url.hostname = 'shoal.localhost';
  return url.href;
}

export const registerOpen: Register = (program, cli) => {
  const command = program
    .command('open')
    .description('the cluster live in a browser: services, pods and nodes, rollouts, events, and how it was before')
    .argument('[name]', 'the cluster')
    .option('--name <name>', existingClusterHelp)
    .option('--print-url', 'print the address instead of opening it')
    .option('-o, --output <format>', 'json: the address, for programs')
    .addHelpText('after', '\nExamples:\n  shoal open\n  shoal open lab --print-url\n');
  command.action((name: string | undefined) => {
    const flags = command.optsWithGlobals<OpenFlags>();
    return open(cli, name === undefined ? flags : { ...flags, name });
  });
};
