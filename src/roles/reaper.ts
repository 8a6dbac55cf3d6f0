import { rm } from 'node:fs/promises';
import type { ClusterDriver } from '../cluster/driver.ts';
import { reap } from '../cluster/reaper/reap.ts';
import type { ReaperTask } from '../cluster/reaper/spawn.ts';
import { systemClock } from '../util/clock.ts';
import { createLogger, type Logger } from '../util/log.ts';

const clock = systemClock;
const { env } = process;

/** `shoal reap <task>`: the process that `spawnReaper` starts. Nobody reads what it says. */
export async function runReaper([text = '']: readonly string[]): Promise<void> {
  const task = JSON.parse(text) as ReaperTask;
  const log = createLogger('reaper', { level: 'error' });
  let loaded: Promise<ClusterDriver> | undefined;
  const clusters = (): Promise<ClusterDriver> => {
    loaded ??= allClusters(log);
    return loaded;
  };
  const reaped = await reap({ clusters, clock, log }, task);
  if (task.directory !== undefined) await rm(task.directory, { recursive: true, force: true });
  if (!reaped || task.directory !== undefined) return;
  const { contextName, removeKubeconfig } = await import('../cluster/kubeconfig.ts');
  await removeKubeconfig(contextName(task.cluster), { env, ...(task.kubeconfig === undefined ? {} : { explicit: task.kubeconfig }) });
}

/** The code for engines and simulated clusters takes more memory than all of the waiting before it. */
async function allClusters(log: Logger): Promise<ClusterDriver> {
  const [{ connectCluster }, { dockerDriver }, { everyCluster }, { simulatedDriver }, { clustersDirectory }] = await Promise.all([
    import('../cluster/connect.ts'),
    import('../cluster/docker/docker-driver.ts'),
    import('../cluster/every-cluster.ts'),
    import('../cluster/simulated/driver.ts'),
    import('../cluster/simulated/files.ts'),
  ]);
  const docker = dockerDriver(() => connectCluster({ clock, log, env }));
  return everyCluster(docker, simulatedDriver({ clock, log, env, clusters: clustersDirectory(env) }), log);
}
