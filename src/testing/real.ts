import { randomBytes } from 'node:crypto';
import { createHttpsClient } from '../client/https.ts';
import { connectCluster } from '../cluster/connect.ts';
import { dockerDriver } from '../cluster/docker/docker-driver.ts';
import { renderKubeconfig } from '../cluster/kubeconfig.ts';
import { spawnReaper } from '../cluster/reaper/spawn.ts';
import { defaultClusterSpec } from '../cluster/spec.ts';
import { systemClock } from '../util/clock.ts';
import { createLogger } from '../util/log.ts';
import type { TestCluster } from './cluster.ts';
import { nodeNamed } from './node-name.ts';
import type { ClusterOptions } from './options.ts';
import { remoteVerbs } from './remote.ts';
import { passing } from './time.ts';

/** Node containers of this cluster alone. A process of its own removes them should this one die. */
export async function createReal(options: ClusterOptions): Promise<TestCluster> {
  const clock = systemClock;
  const log = createLogger('shoal', { level: options.logLevel ?? 'error' });
  const name = `test-${randomBytes(4).toString('hex')}`;
  const clusters = dockerDriver(() => connectCluster({ clock, log }));
  const reaper = spawnReaper({ cluster: name, when: 'parent-dies', parent: process.pid }, process.env);
  const remove = async (): Promise<void> => {
    await clusters.down(name);
    reaper.disarm();
  };
  const { access, status } = await clusters
    .up(defaultClusterSpec(name, Math.max(1, options.nodes ?? 3) - 1))
    .catch(async (failure: unknown) => {
      await remove();
      throw failure;
    });
  const client = createHttpsClient({ ...access, clock, userAgent: 'shoal-testing' });
  const { removeApplied: _, ...verbs } = remoteVerbs({ client, time: passing(clock), clock, namespace: options.namespace ?? 'default' });
  const names = status.nodes.map((node) => node.name);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    client.close();
    stopping ??= remove();
    return stopping;
  };
  return {
    ...verbs,
    name,
    client,
    kubeconfig: async () => renderKubeconfig(access),
    killNode: async (node) => clusters.killNode(nodeNamed(name, names, node), name),
    startNode: async (node) => clusters.startNode(nodeNamed(name, names, node), name),
    reset: async () => void (await clusters.reset(name)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
