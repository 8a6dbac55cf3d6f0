import { withAdmin } from '../access.ts';
import type { Snapshot } from '../snapshots/archive.ts';
import { bringBackWith } from '../snapshots/bring-back.ts';
import type { Capture } from '../snapshots/snapshot.ts';
import { type Restored, readState } from '../state/api-state.ts';
import { findCluster, type SimulatedContext } from './context.ts';
import { running } from './nodes.ts';
import { accessOf } from './status.ts';

/** See `ClusterDriver`. Simulated nodes have no volumes and no images. */
export async function capture(context: SimulatedContext, cluster: string): Promise<Capture> {
  const found = await findCluster(context, cluster);
  const nodes = await running(context, found);
  const state = await withAdmin(context, await accessOf(found), readState);
  const lines = state.trimEnd().split('\n').slice(1);
  const pods = lines.filter((line) => line.startsWith('["/core/pods/')).length;
  return {
    manifest: {
      cluster,
      simulated: true,
      spec: found.spec,
      nodes: nodes.map(({ name }) => name),
      objects: lines.length,
      pods,
      images: [],
      volumes: [],
    },
    state,
    volumes: [],
    imageArchives: [],
  };
}

/** See `ClusterDriver`. */
export async function bringBack(context: SimulatedContext, cluster: string, snapshot: Snapshot): Promise<Restored> {
  const found = await findCluster(context, cluster);
  await running(context, found);
  return withAdmin(context, await accessOf(found), (client) => bringBackWith(context, client, cluster, snapshot, []));
}
