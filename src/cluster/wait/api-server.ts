import { text } from 'node:stream/consumers';
import type { Client } from '../../client/client.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { ClusterContext } from '../context.ts';
import { eventually, Unrecoverable } from '../eventually.ts';
import type { Waiting } from './wait.ts';

/**
 * Resolves when `/readyz` says ok. The control plane's log says when to look; a container that stopped is NODE_FAILED with
 * its last lines.
 */
export async function apiServerReady(waiting: Waiting<ClusterContext>, client: Client, controlPlane: string): Promise<void> {
  const { context, signal, missing } = waiting;
  const { provider } = context;
  const subject = 'API server';
  missing.set(subject, 'does not answer');
  const left = new AbortController();
  const log = await provider.nodeLogs(controlPlane, { tail: 1, follow: true, signal: AbortSignal.any([signal, left.signal]) });
  let ended = false;
  try {
    await eventually(
      async () => {
        if (ended) await checkRunning(waiting, controlPlane);
        await client.raw('GET', '/readyz');
      },
      {
        clock: context.clock,
        signal,
        wake: (on) => {
          log.on('data', on);
          log.once('end', () => {
            ended = true;
            on();
          });
          return () => log.removeAllListeners();
        },
        missing: (thrown) => missing.set(subject, messageOf(thrown)),
      },
    );
    missing.delete(subject);
  } finally {
    left.abort();
    log.on('error', () => undefined).destroy();
  }
}

async function checkRunning({ context }: Waiting<ClusterContext>, name: string): Promise<void> {
  const node = (await context.provider.nodes()).find((each) => each.name === name);
  if (node?.running === true) return;
  const lines = node === undefined ? '' : await text(await context.provider.nodeLogs(name, { tail: 15 }));
  throw new Unrecoverable(
    new ShoalError(
      'NODE_FAILED',
      `${name} ${node === undefined ? 'is gone' : `stopped with exit code ${node.exitCode ?? 'unknown'}`}\n${lines.trimEnd()}`,
      {
        next: 'The lines above are its last; `--retain` keeps the container for a look.',
      },
    ),
  );
}
