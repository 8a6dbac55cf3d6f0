import { kinds } from '../api/scheme.ts';
import { createApiServer } from '../apiserver/server.ts';
import { createHttpsClient } from '../client/https.ts';
import type { ServerPki } from '../cluster/role-config.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type Clock, delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import { type Logger, silentLogger } from '../util/log.ts';
import { loadOfMachine } from './load.ts';

export interface WarmUpOptions {
  pki: ServerPki;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** So many objects are made, read and changed: from there on the compiler has little left to do. */
const objects = 400;
const atOnce = 8;
/** How long after a start there is still somebody whom it helps. */
const patienceMs = 60_000;
const lookEveryMs = 250;

/**
 * Once the machine has time to spare, has the code of the commonest requests compiled, so that the first ones of a client
 * need not wait for it: a fifth more creates a second in the first 3,000. Takes about a second of processor time; a machine that
 * is busy for the first minute goes without.
 */
export async function warmUpWhenIdle({ pki, clock, log, signal }: WarmUpOptions): Promise<void> {
  const busy = loadOfMachine();
  const until = clock.now() + patienceMs;
  try {
    do {
      await delay(clock, lookEveryMs, signal);
      if (clock.now() > until) return;
    } while (busy());
    const requests = await warmUp({ pki, clock, signal });
    log.debug(`warmed up with ${requests} requests`);
  } catch (thrown) {
    if (!signal.aborted) log.warn(`warming up: ${messageOf(thrown)}`);
  }
}

/**
 * Sends the requests, over HTTPS as any client does, to another API server in this process, whose store is in memory: the
 * cluster's own sees nothing of them, nor do its metrics or its history.
 *
 * @returns how many were answered; rejects with the first that was refused.
 */
export async function warmUp({ pki, clock, signal }: Omit<WarmUpOptions, 'log'>): Promise<number> {
  const apiServer = createApiServer({
    store: createMemoryStore({ clock }),
    clock,
    log: silentLogger,
    pki: { ca: pki.ca.cert, serving: pki.apiServer, kubeletClient: pki.kubeletClient },
    serviceAccountKey: pki.serviceAccount,
  });
  await apiServer.bootstrap();
  const { port } = await apiServer.listen({ host: '127.0.0.1', port: 0 });
  const client = createHttpsClient({ server: `https://127.0.0.1:${port}`, ca: pki.ca.cert, ...pki.kubeletClient, clock });
  const namespace = 'default';
  let answered = 0;
  const one = async (name: string): Promise<void> => {
    const metadata = { name, namespace, labels: { app: 'warm-up', name } };
    await client.create(kinds.ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text: name.repeat(32) } });
    await client.get(kinds.ConfigMap, name, namespace);
    await client.patch(kinds.ConfigMap, name, namespace, { metadata: { labels: { again: 'yes' } } });
    answered += 3;
  };
  try {
    for (let first = 0; first < objects && !signal.aborted; first += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, (_, index) => one(`object-${first + index}`)));
    }
    return answered;
  } finally {
    client.close();
    await apiServer.close();
  }
}
