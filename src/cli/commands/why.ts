import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { createHttpsClient } from '../../client/https.ts';
import { withAdmin } from '../../cluster/access.ts';
import { kubeconfigAccess } from '../../cluster/kubeconfig-access.ts';
import { exitCodes, messageOf, ShoalError } from '../../util/errors.ts';
import { parseRef, refText } from '../../why/kinds.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { Exit } from '../exit.ts';
import { outputFormat, printJson } from '../output.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

export interface WhyFlags extends GlobalOptions {
  name?: string;
  namespace?: string;
  output?: string;
  kubeconfig?: string;
  context?: string;
}

export async function why(cli: CliContext, words: readonly string[], flags: WhyFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const width = Math.max(40, cli.stdout.columns ?? 80);
  // Not before they are needed: every start of the command line would read them.
  const [{ explain }, { unhealthy }, { renderText }, { renderList }] = await Promise.all([
    import('../../why/explain.ts'),
    import('../../why/unhealthy.ts'),
    import('../../why/render.ts'),
    import('../../why/render-list.ts'),
  ]);
  if (words.length === 0) {
    const found = await withClient(cli, flags, (client) =>
      unhealthy(client, flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    );
    if (format === 'json') printJson(cli, found);
    else if (format === 'name') cli.stdout.write(found.map(({ object }) => `${refText(object)}\n`).join(''));
    else cli.stdout.write(renderList(found, cli.stdout.columns === undefined ? {} : { width }));
    if (found.length > 0) throw new Exit(exitCodes.unhealthy);
    return;
  }
  const ref = parseRef(words, flags.namespace ?? 'default');
  const explanation = await withClient(cli, flags, async (client) => {
    try {
      return await explain(client, ref);
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      const place = ref.namespace === undefined ? '' : ` in namespace ${ref.namespace}`;
      throw new ShoalError('OBJECT_NOT_FOUND', `there is no ${refText(ref)}${place}`, {
        next: `See what there is: kubectl get ${ref.kind.toLowerCase()} ${ref.namespace === undefined ? '' : '-A'}`.trimEnd(),
      });
    }
  });
  if (format === 'json') printJson(cli, explanation);
  else if (format === 'name') cli.stdout.write(`${refText(explanation.object)}\n`);
  else cli.stdout.write(renderText(explanation, { width }));
  if (!explanation.healthy) throw new Exit(exitCodes.unhealthy);
}

/** A client of the named Shoal cluster, or of any cluster that a kubeconfig leads to. */
async function withClient<T>(cli: CliContext, flags: WhyFlags, work: (client: Client) => Promise<T>): Promise<T> {
  const told = async (client: Client): Promise<T> => {
    try {
      return await work(client);
    } catch (thrown) {
      if (thrown instanceof ShoalError) throw thrown;
      throw new ShoalError('API_FAILED', messageOf(thrown), { cause: thrown, next: '`shoal status` shows whether the cluster runs.' });
    }
  };
  if (flags.kubeconfig === undefined && flags.context === undefined) {
    return withClusters(cli, flags, async (clusters) => {
      const access = await clusters.access(await existingCluster(cli, clusters, flags.name));
      return withAdmin(cli, access, told);
    });
  }
  const access = await kubeconfigAccess({
    env: cli.env,
    ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  });
  const client = createHttpsClient({ ...access, clock: cli.clock, userAgent: 'shoal' });
  try {
    return await told(client);
  } finally {
    client.close();
  }
}

export const registerWhy: Register = (program, cli) => {
  const command = program
    .command('why')
    .description('say why something is pending, stuck or where it is, and what would make it work')
    .argument('[object...]', 'KIND/NAME, with the short names that kubectl takes; without one, all that is not well is listed')
    .option('-n, --namespace <namespace>', 'the namespace of the object (default: "default"; of a list: all)')
    .option('--name <name>', existingClusterHelp)
    .option('--kubeconfig <file>', 'a cluster of any kind, as this file says')
    .option('--context <context>', 'a context of the kubeconfig')
    .option('-o, --output <format>', 'json, or name for KIND/NAME');
  command.addHelpText(
    'after',
    `
Exits with ${exitCodes.unhealthy} when something is not well, and with 0 when all is.

Examples:
  shoal why                        everything that is not well, one line each
  shoal why pod/web-0              why it has no node, or why it is on the one it is on
  shoal why deploy/web -n shop     why it does not progress
  shoal why svc web                why nothing answers
  shoal why pvc/data -o json
  shoal why --context=other-cluster
`,
  );
  command.action((words: string[]) => why(cli, words, command.optsWithGlobals<WhyFlags>()));
};
