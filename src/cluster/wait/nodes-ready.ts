import { kinds } from '../../api/scheme.ts';
import type { Node } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Waiting } from './wait.ts';

const retryMs = 250;

export interface AwaitedNode {
  name: string;
  /** Given to the Node when it has registered: labels that its kubelet may not set. */
  labels: Record<string, string>;
}

/**
 * Resolves when every node is Ready and labelled, by a watch. `since` (milliseconds since the epoch) asks for a heartbeat that
 * is no older: after a restart the old condition still says Ready for a while.
 */
export async function nodesReady(waiting: Waiting, client: Client, nodes: readonly AwaitedNode[], since = 0): Promise<void> {
  const { context, signal, missing } = waiting;
  const names = nodes.map((node) => node.name);
  const labels = new Map(nodes.map((node) => [node.name, node.labels]));
  const left = new Set(names);
  const subject = (name: string): string => `node ${name}`;
  for (const name of names) missing.set(subject(name), 'is not registered');
  while (left.size > 0) {
    signal.throwIfAborted();
    try {
      for await (const event of client.watch(kinds.Node, { signal })) {
        const name = event.object.metadata.name ?? '';
        if (!left.has(name)) continue;
        if (event.type !== 'DELETED') await label(client, event.object, labels.get(name) ?? {});
        const problem = event.type === 'DELETED' ? 'was deleted' : notReady(event.object, since);
        if (problem === undefined) {
          left.delete(name);
          missing.delete(subject(name));
          if (left.size === 0) return;
        } else missing.set(subject(name), problem);
      }
    } catch (thrown) {
      signal.throwIfAborted();
      context.log.debug(`watching nodes: ${messageOf(thrown)}`);
      await delay(context.clock, retryMs, signal);
    }
  }
}

async function label(client: Client, node: Node, labels: Record<string, string>): Promise<void> {
  const absent = Object.entries(labels).filter(([key, value]) => node.metadata.labels?.[key] !== value);
  if (absent.length > 0)
    await client.patch(kinds.Node, node.metadata.name ?? '', undefined, { metadata: { labels: Object.fromEntries(absent) } });
}

/** Why a node does not count as Ready; undefined when it does. Heartbeats are whole seconds. */
export function notReady(node: Node, since: number): string | undefined {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready === undefined) return 'has posted no status';
  if (ready.status !== 'True') return `is not Ready: ${ready.message ?? ready.reason ?? 'no reason given'}`;
  const heartbeat = Date.parse(ready.lastHeartbeatTime ?? '');
  return since > 0 && !(heartbeat >= Math.floor(since / 1000) * 1000) ? 'has not reported since it was started' : undefined;
}
