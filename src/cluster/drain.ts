import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Pod } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import { ShoalError } from '../util/errors.ts';
import type { ClusterContext } from './context.ts';
import { withDeadline } from './wait/wait.ts';

/** How long pods of a node that is removed may take to leave; what is left then goes with the node. */
const drainTimeoutMs = 60_000;

/** Cordons the node and deletes its pods with their own grace, as `kubectl drain --ignore-daemonsets --force` does. */
export async function drain(context: Pick<ClusterContext, 'clock' | 'log' | 'signal'>, client: Client, node: string): Promise<void> {
  const missing = new Map<string, string>();
  try {
    await client.patch(kinds.Node, node, undefined, { spec: { unschedulable: true } });
    const pods = (await podsOn(client, node)).filter((pod) => !pod.metadata.ownerReferences?.some((owner) => owner.kind === 'DaemonSet'));
    await Promise.all(pods.map((pod) => client.delete(kinds.Pod, pod.metadata.name ?? '', pod.metadata.namespace).catch(unlessNotFound)));
    const left = new Set(pods.map((pod) => pod.metadata.uid));
    await withDeadline(
      { clock: context.clock, timeoutMs: drainTimeoutMs, signal: context.signal, missing, what: `the drain of ${node}` },
      async (signal) => {
        if (left.size === 0) return;
        const present = await client.list(kinds.Pod, { fieldSelector: `spec.nodeName=${node}` });
        const uids = new Set(present.items.map((pod) => pod.metadata.uid));
        for (const uid of left) if (!uids.has(uid)) left.delete(uid);
        if (left.size === 0) return;
        const resourceVersion = present.metadata.resourceVersion;
        const options = { fieldSelector: `spec.nodeName=${node}`, signal, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
        for await (const event of client.watch(kinds.Pod, options)) {
          if (event.type === 'DELETED') left.delete(event.object.metadata.uid);
          if (left.size === 0) return;
        }
        signal.throwIfAborted();
      },
    );
  } catch (thrown) {
    if (isNotFound(thrown)) return;
    if (!(thrown instanceof ShoalError) || thrown.code !== 'TIMEOUT') throw thrown;
    context.log.warn(`${thrown.message}; removing the node all the same`);
  }
}

/** Pods of a node that is no more are deleted without grace: nobody is left to confirm their end. */
export async function forget(client: Client, node: string): Promise<void> {
  const pods = await podsOn(client, node);
  await Promise.all(
    pods.map((pod) =>
      client.delete(kinds.Pod, pod.metadata.name ?? '', pod.metadata.namespace, { gracePeriodSeconds: 0 }).catch(unlessNotFound),
    ),
  );
}

const podsOn = async (client: Client, node: string): Promise<Pod[]> =>
  (await client.list(kinds.Pod, { fieldSelector: `spec.nodeName=${node}` })).items;

export function unlessNotFound(thrown: unknown): undefined {
  if (isNotFound(thrown)) return undefined;
  throw thrown;
}
