import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import type { Clock } from '../../util/clock.ts';
import { errorCodes, ShoalError } from '../../util/errors.ts';
import type { ClusterStatus, UpResult } from '../context.ts';
import type { ClusterDriver } from '../driver.ts';
import { withFreePorts } from '../plan.ts';
import type { ClusterSpec } from '../spec.ts';
import type { Restored } from '../state/api-state.ts';
import { readSnapshot, type Snapshot, writeSnapshot } from './archive.ts';
import { existingSnapshotFile, type KeptSnapshot, newSnapshotFile } from './files.ts';
import { renamedNode, renamedSpec } from './rename.ts';
import type { CaptureOptions } from './snapshot.ts';

export interface SnapshotContext {
  clusters: ClusterDriver;
  clock: Clock;
  /** See `snapshotsDirectory`. */
  directory: string;
}

/** What a cluster became, and how; `made` is absent where it ran already. */
export interface BroughtBack {
  cluster: string;
  snapshot: Snapshot['manifest'];
  restored: Restored;
  made?: UpResult;
}

/** Captures a running cluster into a new snapshot. Nothing is left of one that fails. */
export async function saveSnapshot(
  context: SnapshotContext,
  cluster: string,
  name: string,
  options: CaptureOptions,
): Promise<KeptSnapshot> {
  const file = await newSnapshotFile(context.directory, name);
  return inScratch(async (scratch) => {
    const snapshot = await captured(context, cluster, name, scratch, options);
    await writeSnapshot(file, snapshot);
    return { ...snapshot.manifest, file, bytes: (await stat(file)).size };
  });
}

/** Brings a snapshot back: into the cluster of that name where it runs, else into one that is made for it. */
export async function restoreSnapshot(context: SnapshotContext, name: string, cluster?: string): Promise<BroughtBack> {
  const file = await existingSnapshotFile(context.directory, name);
  return inScratch(async (scratch) => {
    const snapshot = await readSnapshot(file, scratch);
    return bringBack(context, snapshot, cluster ?? snapshot.manifest.cluster);
  });
}

/** Makes a new cluster from a snapshot, or from a cluster that runs. */
export async function forkSnapshot(context: SnapshotContext, from: string, cluster: string): Promise<BroughtBack> {
  const present = await presentClusters(context.clusters);
  if (present.some((one) => one.name === cluster)) {
    throw new ShoalError('CLUSTER_EXISTS', `there is a cluster ${cluster} already`, { next: 'Choose another name for the fork.' });
  }
  return inScratch(async (scratch) => {
    const file = await existingSnapshotFile(context.directory, from).catch((thrown: unknown) => {
      if (present.some((one) => one.name === from)) return undefined;
      throw thrown;
    });
    const snapshot =
      file === undefined ? await captured(context, from, from, scratch, { images: true }) : await readSnapshot(file, scratch);
    return bringBack(context, snapshot, cluster);
  });
}

/** Where no engine answers there are none of containers; whoever needs one is told by what comes next. */
const presentClusters = (clusters: ClusterDriver): Promise<ClusterStatus[]> =>
  clusters.list().catch((thrown: unknown) => {
    if (thrown instanceof ShoalError && errorCodes[thrown.code].exit === 'engine') return [];
    throw thrown;
  });

async function captured(
  { clusters, clock }: SnapshotContext,
  cluster: string,
  name: string,
  scratch: string,
  options: CaptureOptions,
): Promise<Snapshot> {
  const capture = await clusters.capture(cluster, scratch, options);
  const createdAt = new Date(clock.now()).toISOString();
  return { ...capture, manifest: { format: 1, name, createdAt, shoal: manifest.version, ...capture.manifest } };
}

async function bringBack({ clusters }: SnapshotContext, snapshot: Snapshot, cluster: string): Promise<BroughtBack> {
  const { manifest } = snapshot;
  const present = (await presentClusters(clusters)).find(({ name }) => name === cluster);
  if (present === undefined) {
    const spec = cluster === manifest.cluster ? manifest.spec : renamedSpec(manifest.spec, cluster);
    const made = await upAgain(clusters, spec, manifest.simulated);
    try {
      return { cluster, snapshot: manifest, restored: await clusters.bringBack(cluster, snapshot), made };
    } catch (thrown) {
      // Half of a cluster is not what was asked for.
      await clusters.down(cluster);
      throw thrown;
    }
  }
  if ((present.simulated === true) !== manifest.simulated) throw mismatch(snapshot, cluster, 'one is simulated and the other is not');
  const there = new Set(present.nodes.filter(({ running }) => running).map(({ name }) => name));
  const absent = manifest.nodes.map((node) => renamedNode(node, manifest.cluster, cluster)).filter((node) => !there.has(node));
  // Simulated nodes are objects, which come back with the rest.
  if (absent.length > 0 && !manifest.simulated) throw mismatch(snapshot, cluster, `it has no running node ${absent.join(', ')}`);
  return { cluster, snapshot: manifest, restored: await clusters.bringBack(cluster, snapshot) };
}

/** With the ports that the cluster had, or others where those are taken by now. */
async function upAgain(clusters: ClusterDriver, spec: ClusterSpec, simulate: boolean): Promise<UpResult> {
  try {
    return await clusters.up(spec, { simulate });
  } catch (thrown) {
    if (!(thrown instanceof ShoalError) || thrown.code !== 'PORT_TAKEN') throw thrown;
    return clusters.up(withFreePorts(spec), { simulate });
  }
}

const mismatch = ({ manifest }: Snapshot, cluster: string, why: string): ShoalError =>
  new ShoalError('SNAPSHOT_MISMATCH', `the snapshot ${manifest.name} does not fit the cluster ${cluster}: ${why}`, {
    next: `Remove the cluster first (shoal down ${cluster}), or make another: shoal snapshot fork ${manifest.name} NAME.`,
  });

async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-snapshot-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
