import type { Command } from 'commander';
import type { ClusterDriver } from '../../cluster/driver.ts';
import { currentCluster } from '../../cluster/kubeconfig.ts';
import type { CliContext } from '../context.ts';

/** One verb, one file: adds itself to the program (or to the noun it belongs under). */
export type Register = (parent: Command, cli: CliContext) => void;

export const DEFAULT_NAME = 'shoal';
/** The cluster that is made or removed: `--name`, else `$SHOAL_CLUSTER_NAME`, else `shoal`. */
export const clusterName = (cli: CliContext, given: string | undefined): string => given ?? cli.env['SHOAL_CLUSTER_NAME'] ?? DEFAULT_NAME;

/** Help of the option that names a cluster which exists. */
export const existingClusterHelp = 'the cluster (default: $SHOAL_CLUSTER_NAME, the only one, kubectl\'s current one, or "shoal")';

/**
 * The cluster that a command works with, which must exist already. Where nobody named one, the only cluster of this machine is meant; of
 * several the one that kubectl talks to, so that `shoal why` and `kubectl get pods` never speak of two.
 */
export async function existingCluster(cli: CliContext, clusters: Pick<ClusterDriver, 'list'>, given: string | undefined): Promise<string> {
  const named = given ?? cli.env['SHOAL_CLUSTER_NAME'];
  if (named !== undefined) return named;
  const present = (await clusters.list()).map(({ name }) => name);
  const [only = DEFAULT_NAME] = present;
  if (present.length <= 1) return only;
  const current = await currentCluster({ env: cli.env });
  return current !== undefined && present.includes(current) ? current : DEFAULT_NAME;
}
