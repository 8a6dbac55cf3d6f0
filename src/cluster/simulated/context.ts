import { join } from 'node:path';
import { ShoalError } from '../../util/errors.ts';
import type { ClusterContext } from '../context.ts';
import { type ClusterFiles, type ClusterRecord, clusterNames, filesIn, readRecord } from './files.ts';

/** What everything in this folder works with. */
export interface SimulatedContext extends Pick<ClusterContext, 'clock' | 'log' | 'progress' | 'signal'> {
  /** The directory of all simulated clusters, see `clustersDirectory`. */
  clusters: string;
  /** Handed to the clusters' processes. */
  env: Record<string, string | undefined>;
}

/** A cluster that is there. */
export interface Found extends ClusterRecord {
  files: ClusterFiles;
}

export const filesOf = (context: SimulatedContext, cluster: string): ClusterFiles => filesIn(join(context.clusters, cluster));

/** Throws CLUSTER_NOT_FOUND. */
export async function findCluster(context: SimulatedContext, cluster: string): Promise<Found> {
  const files = filesOf(context, cluster);
  const record = await readRecord(files);
  if (record !== undefined) return { ...record, files };
  throw new ShoalError('CLUSTER_NOT_FOUND', `there is no cluster ${cluster}`, { next: 'List the clusters with `shoal list`.' });
}

export async function allClusters(context: SimulatedContext): Promise<Found[]> {
  const found = await Promise.all(
    (await clusterNames(context.clusters)).map(async (name) => {
      const files = filesOf(context, name);
      const record = await readRecord(files);
      return record === undefined ? [] : [{ ...record, files }];
    }),
  );
  return found.flat();
}
