import { type Fault, faultKind, isFinished } from '../../chaos/fault.ts';
import type { Client } from '../../client/client.ts';
import { withAdmin } from '../../cluster/access.ts';
import { type Clock, delay } from '../../util/clock.ts';
import { ShoalError } from '../../util/errors.ts';
import { existingCluster } from '../commands/command.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';

export interface ChaosFlags extends GlobalOptions {
  name?: string;
  output?: string;
}

export type Say = (text: string) => void;

/** Runs `work` with an administrator's client of the cluster that is meant. */
export const withChaos = <T>(cli: CliContext, flags: ChaosFlags, work: (client: Client, say: Say) => Promise<T>): Promise<T> =>
  withClusters(cli, flags, async (clusters, progress) => {
    const access = await clusters.access(await existingCluster(cli, clusters, flags.name));
    return withAdmin(cli, access, (client) => work(client, progress.note));
  });

const retryMs = 250;

/**
 * The fault as soon as it has come so far that `done` says so; undefined when there is none of the name any more. A connection that
 * breaks is made again: the fault may be about it.
 */
export async function faultWhen(
  { client, clock, signal }: { client: Client; clock: Clock; signal: AbortSignal },
  name: string,
  done: (fault: Fault) => boolean,
): Promise<Fault | undefined> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const fieldSelector = `metadata.name=${name}`;
      const { items, metadata } = await client.list(faultKind, { fieldSelector });
      const [present] = items;
      if (present === undefined || done(present)) return present;
      // From the very state that was listed: what happens in between must not be missed.
      const { resourceVersion = '' } = metadata;
      for await (const { type, object } of client.watch(faultKind, { fieldSelector, resourceVersion, signal })) {
        if (type === 'DELETED') return undefined;
        if (done(object)) return object;
      }
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isUnreachable(thrown)) throw thrown;
    }
    await delay(clock, retryMs, signal);
  }
}

/** Whether no answer came at all. */
export const isUnreachable = (thrown: unknown): boolean =>
  thrown instanceof Error && 'reason' in thrown && (thrown.reason === 'ServiceUnavailable' || thrown.reason === 'Timeout');

export const isInjected = (fault: Fault): boolean => fault.status?.phase === 'Active' || isFinished(fault);

/** Why a fault is not there, by its conditions. Throws where it is not. */
export function assertInjected({ status, metadata }: Fault): void {
  if (status?.phase !== 'Unsupported' && status?.phase !== 'Failed') return;
  const why = status.conditions?.find(({ type }) => type === 'Injected')?.message ?? '';
  throw new ShoalError('FAULT_NOT_INJECTED', `the fault ${metadata.name} could not be made: ${why}`, {
    next:
      status.phase === 'Unsupported'
        ? 'What a machine must have for each fault is in docs/chaos.md.'
        : 'Look at what there is with `shoal status` and `kubectl get pods,services -A`.',
  });
}
