import type { Client } from '../client/client.ts';
import type { Clock } from '../util/clock.ts';
import { ShoalError } from '../util/errors.ts';
import type { TestCluster } from './cluster.ts';
import type { Time } from './time.ts';
import { type Applied, apiVerbs, ignoreNotFound } from './verbs.ts';

/** What of a test cluster is the same for all that are reached over the network. */
export function remoteVerbs(options: {
  client: Client;
  time: Time;
  clock: Clock;
  namespace: string;
}): Pick<TestCluster, 'apply' | 'waitFor' | 'why' | 'fault' | 'fork' | 'advance' | 'now'> & { removeApplied(): Promise<void> } {
  const { client, time, clock } = options;
  const applied = new Map<string, Applied>();
  const note = (one: Applied): void => void applied.set(one.object.metadata.uid ?? '', one);
  const refuse = async (what: string): Promise<never> => {
    throw new ShoalError('NOT_IN_PROCESS', `only a cluster in this process can ${what}`, {
      next: 'Make it without `real` and `existing`; snapshots of other clusters are taken with `shoal snapshot`.',
    });
  };
  return {
    ...apiVerbs({ ...options, applied: note }),
    fork: () => refuse('be forked'),
    advance: () => refuse('have its time advanced'),
    now: () => new Date(clock.now()),
    async removeApplied() {
      const all = [...applied.values()].reverse();
      applied.clear();
      for (const { kind, object } of all) {
        const { name = '', namespace, uid = '' } = object.metadata;
        await client.delete(kind, name, namespace, { propagationPolicy: 'Background', preconditions: { uid } }).catch(ignoreNotFound);
      }
      await Promise.all(all.map((one) => time.within(60_000, (signal) => untilGone(client, one, signal))));
    },
  };
}

async function untilGone(client: Client, { kind, object }: Applied, signal: AbortSignal): Promise<void> {
  const { name = '', namespace, uid } = object.metadata;
  const scope = { fieldSelector: `metadata.name=${name}`, ...(namespace === undefined ? {} : { namespace }) };
  const { items, metadata } = await client.list(kind, scope);
  if (items[0]?.metadata.uid !== uid) return;
  for await (const { type } of client.watch(kind, { ...scope, resourceVersion: metadata.resourceVersion ?? '', signal })) {
    if (type === 'DELETED') return;
  }
}
