import { withAdmin } from '../access.ts';
import type { Restored } from '../state/api-state.ts';
import { resetWith } from '../state/reset.ts';
import { findCluster, type SimulatedContext } from './context.ts';
import { running } from './nodes.ts';
import { accessOf } from './status.ts';

/** See `ClusterDriver`. Simulated nodes hold nothing that would have to be cleared away. */
export async function reset(context: SimulatedContext, cluster: string): Promise<Restored> {
  const found = await findCluster(context, cluster);
  await running(context, found);
  return withAdmin(context, await accessOf(found), (client) => resetWith(context, client, cluster, [], async () => undefined));
}
