import type { ClusterContext } from './context.ts';
import { withFileLock } from './file-lock.ts';
import type { Only } from './lifetime.ts';
import { lifetimeAmong } from './lifetime-file.ts';
import { runSteps, type Step } from './run-steps.ts';

/** See `cluster.ts`. Works from labels alone, so that it also clears away what an interrupted or broken cluster left. */
export function down(context: ClusterContext, cluster: string, only?: Only): Promise<boolean> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const { provider, clock, progress } = context;
    const [nodes, networks] = await Promise.all([provider.nodes(cluster), provider.networks()]);
    if (only !== undefined && nodes.length > 0 && !only(await lifetimeAmong(context, nodes))) return false;
    const existed = nodes.length > 0 || networks.some((network) => network.cluster === cluster);
    const removals = nodes.map(
      (node): Step<undefined> => ({ id: node.name, label: `Remove ${node.name}`, needs: [], run: () => provider.removeNode(node.name) }),
    );
    const rest: Step<undefined> = {
      id: 'rest',
      label: 'Remove the cluster network',
      needs: nodes.map((node) => node.name),
      async run() {
        await Promise.all([provider.removeNetwork(cluster), provider.removeVolumes(cluster)]);
      },
    };
    // Quietly where there is nothing to tell.
    await runSteps([...removals, rest], undefined, { clock, ...(progress === undefined || !existed ? {} : { progress }) });
    return existed;
  });
}
