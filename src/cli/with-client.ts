import type { Client } from '../client/client.ts';
import { withAdmin } from '../cluster/access.ts';
import { existingCluster } from './commands/command.ts';
import { type CliContext, type GlobalOptions, withClusters } from './context.ts';

/** Runs `work` with an administrator's client of a cluster that exists: the one that is named, or see `existingCluster`. */
export async function withClient<T>(
  cli: CliContext,
  flags: GlobalOptions & { name?: string },
  work: (client: Client, cluster: string) => Promise<T>,
): Promise<T> {
  const { cluster, access } = await withClusters(cli, flags, async (clusters) => {
    const found = await existingCluster(cli, clusters, flags.name);
    return { cluster: found, access: await clusters.access(found) };
  });
  return withAdmin(cli, access, (client) => work(client, cluster));
}
