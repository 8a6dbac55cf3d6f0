import type { Client } from '../../client/client.ts';
import { createHttpsClient } from '../../client/https.ts';
import { execInPod } from '../../client/pod-exec.ts';
import { followPodLog } from '../../client/pod-log.ts';
import type { ClusterAccess, ClusterStatus } from '../../cluster/context.ts';
import { ShoalError } from '../../util/errors.ts';
import { silentLogger } from '../../util/log.ts';
import { follow } from '../../view/follow.ts';
import { renderPicture } from '../../view/text/render-picture.ts';
import { explain } from '../../why/explain.ts';
import type { ObjectRef } from '../../why/finding.ts';
import { renderText } from '../../why/render.ts';
import { openInBrowser } from '../browser.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import { rawTerminal } from '../terminal.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';
import { clusterPageURL } from './open.ts';

interface DashFlags extends GlobalOptions {
  name?: string;
  once?: boolean;
  output?: string;
}

/** What is shown once in a pipe: as wide as a terminal usually is, and as long as it takes. */
const pipeSize = { width: 100, height: 60 };

async function dash(cli: CliContext, flags: DashFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const { access, status } = await found(cli, flags);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, cli.signal]);
  const client = createHttpsClient({ ...access, clock: cli.clock, userAgent: 'shoal-dash' });
  const pictures = follow(client, { clock: cli.clock, signal, log: silentLogger });
  const stdout = cli.stdout as NodeJS.WriteStream;
  const isScreen = stdout.isTTY === true && cli.env['TERM'] !== 'dumb' && (cli.stdin as NodeJS.ReadStream).isTTY === true;
  const color = isScreen && (cli.env['NO_COLOR'] ?? '') === '';
  try {
    if (format === 'json' || flags.once === true || !isScreen) {
      const { value } = await pictures.next();
      if (value === undefined) throw new ShoalError('INTERRUPTED', 'interrupted');
      if (format === 'json') printJson(cli, value);
      else
        cli.stdout.write(
          `${renderPicture(value, { ...(isScreen ? { width: stdout.columns, height: stdout.rows - 1 } : pipeSize), color })}\n`,
        );
      return;
    }
    // ink and react are loaded only where there is a screen to draw on.
    const { runDash } = await import('../screens/dash/run.ts');
    await runDash({
      cluster: status.name,
      client,
      clock: cli.clock,
      signal,
      pictures,
      color,
      stdin: cli.stdin,
      stdout,
      ...screenTools(cli, client, access, status),
    });
  } finally {
    stop.abort();
    client.close();
  }
}

const found = (cli: CliContext, flags: DashFlags): Promise<{ access: ClusterAccess; status: ClusterStatus }> =>
  withClusters(cli, flags, async (clusters) => {
    const name = await existingCluster(cli, clusters, flags.name);
    const [access, status] = await Promise.all([clusters.access(name), clusters.status(name)]);
    if (status.state === 'stopped') {
      throw new ShoalError('CLUSTER_NOT_RUNNING', `the cluster ${name} is stopped`, { next: `Start it with \`shoal start ${name}\`.` });
    }
    return { access, status };
  });

function screenTools(cli: CliContext, client: Client, access: ClusterAccess, status: ClusterStatus) {
  const quietly = { quiet: true };
  return {
    nodes: {
      kill: (node: string) => withClusters(cli, quietly, (clusters) => clusters.killNode(node, status.name)),
      start: (node: string) => withClusters(cli, quietly, (clusters) => clusters.startNode(node, status.name)),
    },
    async open(service: { name: string; namespace: string } | undefined): Promise<string> {
      const url = service === undefined ? clusterPageURL(status.gateway.url) : serviceURL(status.gateway.url, service);
      return (await openInBrowser(url, cli.env)) ? `Opened ${url}` : `There is no browser here; open ${url}`;
    },
    why: async (ref: ObjectRef, width: number): Promise<string[]> => renderText(await explain(client, ref), { width }).split('\n'),
    logs: (pod: { name: string; namespace: string; container: string }, signal: AbortSignal) =>
      followPodLog(access, { namespace: pod.namespace, pod: pod.name, container: pod.container, tailLines: 200, signal }),
    async shell({ name, namespace, container }: { name: string; namespace: string; container: string }): Promise<string> {
      cli.stdout.write(`A shell in ${namespace}/${name}, container ${container}. Leave it with exit or Ctrl-D.\n`);
      const terminal = rawTerminal(cli.stdin as NodeJS.ReadStream, cli.stdout as NodeJS.WriteStream);
      try {
        const code = await execInPod(access, { namespace, pod: name, container, command: shell, terminal, signal: cli.signal });
        return `The shell in ${name} ended with exit code ${code}.`;
      } finally {
        terminal.close();
      }
    },
  };
}

/** The better shell if there is one. */
const shell = ['sh', '-c', 'command -v bash >/dev/null && exec bash || exec sh'];

export function serviceURL(gateway: string, { name, namespace }: { name: string; namespace: string }): string {
  const url = new URL(gateway);
  url.hostname = `${name}.${namespace}.localhost`;
  return url.href;
}

export const registerDash: Register = (program, cli) => {
  const command = program
    .command('dash')
    .description('the cluster live on one screen: nodes, pods, rollouts, events; keys to scale, kill, drain, look inside')
    .argument('[name]', 'the cluster')
    .option('--name <name>', existingClusterHelp)
    .option('--once', 'print the picture once, as in a pipe')
    .option('-o, --output <format>', 'json: the picture once, for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  shoal dash\n  shoal dash lab --once\n  NO_COLOR=1 shoal dash\n\nOn the screen, ? lists the keys.\n',
    );
  command.action((name: string | undefined) => {
    const flags = command.optsWithGlobals<DashFlags>();
    return dash(cli, name === undefined ? flags : { ...flags, name });
  });
};
