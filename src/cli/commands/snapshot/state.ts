import { checkKubeconfig, mergeKubeconfig } from '../../../cluster/kubeconfig.ts';
import { snapshotsDirectory } from '../../../cluster/snapshots/files.ts';
import {
  type BroughtBack,
  forkSnapshot,
  restoreSnapshot,
  type SnapshotContext,
  saveSnapshot,
} from '../../../cluster/snapshots/snapshots.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../../context.ts';
import { outputFormat, printJson } from '../../output.ts';
import { existingCluster } from '../command.ts';
import { checkName } from '../up.ts';
import { size } from './size.ts';

export interface StateFlags extends GlobalOptions {
  name?: string;
  images?: boolean;
  kubeconfig?: string;
  output?: string;
}

/** `lab-20261126-1405`: names that sort by time. */
const defaultName = (cluster: string, now: number): string => {
  const [date = '', time = ''] = new Date(now).toISOString().split('T');
  return `${cluster}-${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
};

export async function save(cli: CliContext, given: string | undefined, flags: StateFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const { clock } = cli;
  const since = clock.now();
  const kept = await withClusters(cli, flags, async (clusters) => {
    const cluster = await existingCluster(cli, clusters, flags.name);
    const name = given ?? defaultName(cluster, since);
    const directory = snapshotsDirectory(cli.env);
    return saveSnapshot({ clusters, clock, directory }, cluster, name, flags.images === true ? { images: true } : {});
  });
  const seconds = (clock.now() - since) / 1000;
  if (format === 'json') printJson(cli, { ...kept, seconds });
  else if (format === 'name') cli.stdout.write(`${kept.name}\n`);
  else {
    const data = kept.volumes.reduce((sum, { bytes }) => sum + bytes, 0);
    const parts = [`${kept.objects} objects (${kept.pods} pods)`, ...(data > 0 ? [`${size(data)} of volumes`] : [])];
    cli.stdout.write(
      `Saved cluster ${kept.cluster} as ${kept.name}: ${parts.join(', ')}; ${size(kept.bytes)} in ${seconds.toFixed(1)} s.\n` +
        `Bring it back with: shoal snapshot restore ${kept.name}\n`,
    );
  }
}

export const restore = (cli: CliContext, snapshot: string, flags: StateFlags): Promise<void> =>
  broughtBack(cli, flags, (context) => restoreSnapshot(context, snapshot, flags.name));

export function fork(cli: CliContext, from: string, cluster: string, flags: StateFlags): Promise<void> {
  checkName(cluster);
  return broughtBack(cli, flags, (context) => forkSnapshot(context, from, cluster));
}

async function broughtBack(cli: CliContext, flags: StateFlags, work: (context: SnapshotContext) => Promise<BroughtBack>): Promise<void> {
  const format = outputFormat(flags.output);
  const { clock } = cli;
  const since = clock.now();
  const { cluster, snapshot, restored, made } = await withClusters(cli, flags, async (clusters) => {
    const place = { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) };
    await checkKubeconfig(place);
    const result = await work({ clusters, clock, directory: snapshotsDirectory(cli.env) });
    if (result.made !== undefined) await mergeKubeconfig(result.made.access, place);
    return result;
  });
  const seconds = (clock.now() - since) / 1000;
  if (format === 'json') printJson(cli, { cluster, snapshot: snapshot.name, created: made !== undefined, ...restored, seconds });
  else if (format === 'name') cli.stdout.write(`${cluster}\n`);
  else {
    cli.stdout.write(
      `Cluster ${cluster} ${made === undefined ? 'is as' : 'was made as'} ${snapshot.name} has it: ${snapshot.objects} objects, ${snapshot.pods} pods, in ${seconds.toFixed(1)} s.\n`,
    );
  }
}
