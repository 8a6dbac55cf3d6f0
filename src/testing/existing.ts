import { existsSync, readFileSync } from 'node:fs';
import { kinds } from '../api/scheme.ts';
import { simulatedNodes } from '../api/simulated.ts';
import { createHttpsClient } from '../client/https.ts';
import { readContext } from '../cluster/read-kubeconfig.ts';
import { systemClock, timestamp } from '../util/clock.ts';
import { ShoalError } from '../util/errors.ts';
import type { TestCluster } from './cluster.ts';
import type { ClusterOptions } from './options.ts';
import { remoteVerbs } from './remote.ts';
import { passing } from './time.ts';

/** A cluster that was there before and stays: only what was applied through this handle goes with it. */
export async function existingCluster(kubeconfig: string, options: ClusterOptions): Promise<TestCluster> {
  const isFile = !kubeconfig.includes('\n');
  if (isFile && !existsSync(kubeconfig)) {
    throw new ShoalError('KUBECONFIG_INVALID', `there is no kubeconfig ${kubeconfig}`, { next: 'Give its path, or its text.' });
  }
  const text = isFile ? readFileSync(kubeconfig, 'utf8') : kubeconfig;
  const clock = systemClock;
  const access = readContext(text, isFile ? kubeconfig : undefined);
  const client = createHttpsClient({ ...access, clock, userAgent: 'shoal-testing' });
  const { removeApplied, ...verbs } = remoteVerbs({ client, time: passing(clock), clock, namespace: options.namespace ?? 'default' });
  const mark = async (node: string, killed: string | null): Promise<void> => {
    const { metadata } = await client.get(kinds.Node, node);
    if (metadata.labels?.[simulatedNodes.label] !== 'true') {
      throw new ShoalError('NODE_NOT_FOUND', `node ${node} is not simulated, and this handle reaches it through the API alone`, {
        next: 'Use `cluster.fault({ nodes: { names: [...] }, node: { action: "Kill" }, duration: "1m" })`, or `shoal node kill`.',
      });
    }
    await client.patch(kinds.Node, node, undefined, { metadata: { annotations: { [simulatedNodes.killed]: killed } } });
  };
  const stop = async (): Promise<void> => {
    await removeApplied();
    client.close();
  };
  return {
    ...verbs,
    name: access.context,
    client,
    kubeconfig: async () => text,
    killNode: (node) => mark(node, timestamp(clock)),
    async startNode(node) {
      await mark(node, null);
      await verbs.waitFor(`node/${node}`, 'Ready', { timeout: '60s' });
    },
    reset: removeApplied,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
