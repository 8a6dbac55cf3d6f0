import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { ShoalError } from '../../util/errors.ts';
import { accessTo, nodesOf, runningControlPlane, withAdmin } from '../access.ts';
import type { ClusterContext } from '../context.ts';
import { withFileLock } from '../file-lock.ts';
import { runningNames } from '../lifecycle.ts';
import { runSteps, type Step } from '../run-steps.ts';
import { nodesReady } from '../wait/nodes-ready.ts';
import { defaultServiceAccount } from '../wait/service-account.ts';
import { type Waiting, withDeadline } from '../wait/wait.ts';
import { type Restored, resetState } from './api-state.ts';
import { clearLeftovers } from './leftovers.ts';

const resetTimeoutMs = 120_000;

/** See `cluster.ts`. */
export function reset(context: ClusterContext, cluster: string): Promise<Restored> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const nodes = await nodesOf(context, cluster);
    const access = await accessTo(context, runningControlPlane(nodes));
    return withAdmin(context, access, (client) =>
      resetWith(context, client, cluster, runningNames(nodes), (signal) => clearLeftovers(context, client, runningNames(nodes), signal)),
    );
  });
}

type Context = Pick<ClusterContext, 'clock' | 'log' | 'progress' | 'signal'>;

/** A reset for either sort of cluster. @param clear removes what the nodes still hold of before. */
export async function resetWith(
  context: Context,
  client: Client,
  cluster: string,
  nodes: readonly string[],
  clear: (signal: AbortSignal) => Promise<void>,
): Promise<Restored> {
  const { clock, progress } = context;
  const missing = new Map<string, string>();
  const restored: Restored = { added: 0, modified: 0, deleted: 0 };
  const steps = resetSteps(context, client, cluster, nodes, clear, { missing, restored });
  await withDeadline({ clock, timeoutMs: resetTimeoutMs, signal: context.signal, missing, what: `cluster ${cluster}` }, (signal) =>
    runSteps(steps, undefined, { clock, signal, retain: true, ...(progress === undefined ? {} : { progress }) }),
  );
  return restored;
}

/** After the step `usable` the cluster is as it was after up. @param told is filled with what is missing, and what was restored. */
export function resetSteps(
  context: Context,
  client: Client,
  cluster: string,
  nodes: readonly string[],
  clear: (signal: AbortSignal) => Promise<void>,
  told: { missing: Map<string, string>; restored: Restored } = { missing: new Map(), restored: { added: 0, modified: 0, deleted: 0 } },
): Step<undefined>[] {
  return [
    {
      id: 'state',
      label: 'Bring back the state after up',
      needs: [],
      run: async () => {
        const restored = await resetState(client).catch((thrown: unknown) => {
          throw isNotFound(thrown) ? neverMarked(cluster, thrown) : thrown;
        });
        Object.assign(told.restored, restored);
      },
    },
    {
      id: 'clear',
      label: 'Clear away pods and volumes',
      needs: ['state'],
      run: async (_, signal) => {
        await clear(signal);
        // What was under way when the state came back has said its last words since: events of pods that are no more.
        await resetState(client);
      },
    },
    {
      id: 'usable',
      label: 'Wait until the cluster is usable',
      needs: ['clear'],
      run: async (_, signal) => {
        const waiting: Waiting<Context> = { context, signal, missing: told.missing };
        const awaited = nodes.map((name) => ({ name, labels: {} }));
        await Promise.all([nodesReady(waiting, client, awaited), defaultServiceAccount(waiting, client)]);
      },
    },
  ];
}

const neverMarked = (cluster: string, cause: unknown): ShoalError =>
  new ShoalError('RESET_IMPOSSIBLE', `the cluster ${cluster} has not kept the state that it had after up`, {
    next: `It was made by an older Shoal; make it anew: shoal down ${cluster}, then shoal up.`,
    cause,
  });
