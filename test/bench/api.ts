import { kinds } from '../../src/api/scheme.ts';
import type { ConfigMap } from '../../src/api/types/core-v1.ts';
import type { Client } from '../../src/client/client.ts';
import { createHttpsClient } from '../../src/client/https.ts';
import { systemClock } from '../../src/util/clock.ts';
import { inProcessCluster } from '../support/in-process.ts';
import { type Figures, figures, round, say, timed } from './measure.ts';

export interface ApiReport extends OverTls {
  /** One caller in the server's own process; requests a second. */
  inProcess: Rates;
}

export interface OverTls {
  /** Over TLS with `concurrency` requests under way. */
  https: Rates & { concurrency: number };
  /** All objects of one namespace over TLS. */
  list: { objects: number; ms: Figures };
  /** From a create until the last of that many watches over TLS has told of it. */
  watchFanOut: { watches: number; ms: Figures };
}

interface Rates {
  createsPerSecond: number;
  getsPerSecond: number;
  patchesPerSecond: number;
}

const objects = 2000;
const concurrency = 32;
const watches = 100;

const configMap = (namespace: string, index: number): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `object-${index}`, namespace, labels: { shard: String(index % 10) } },
  data: { value: 'x'.repeat(512) },
});

/** The API server with its store in memory, and clients in the same process: the two share one processor. */
export async function api(): Promise<ApiReport> {
  const cluster = await inProcessCluster({ nodes: 0 });
  const { ca, admin } = cluster.pki;
  const client = createHttpsClient({ server: cluster.server, ca: ca.cert, cert: admin.cert, key: admin.key, clock: systemClock });
  try {
    await rates(client, 'warm-up', concurrency, 200);
    const inProcess = await rates(cluster.client, 'inside', 1, objects);
    say(`api: in process ${JSON.stringify(inProcess)}`);
    return { inProcess, ...(await overTls(client)) };
  } finally {
    client.close();
    await cluster.stop();
  }
}

/** The same requests whatever process the server is. */
export async function overTls(client: Client): Promise<OverTls> {
  const https = { concurrency, ...(await rates(client, 'outside', concurrency, objects)) };
  say(`over TLS ${JSON.stringify(https)}`);
  const lists: number[] = [];
  for (let run = 0; run < 10; run++) {
    const { ms, value } = await timed(() => client.list(kinds.ConfigMap, { namespace: 'outside' }));
    if (value.items.length < objects) throw new Error(`the list has ${value.items.length} of ${objects} objects`);
    lists.push(ms);
  }
  const fanOut = await watchFanOut(client);
  return { https, list: { objects, ms: figures(lists) }, watchFanOut: { watches, ms: figures(fanOut) } };
}

const namespace = (client: Client, name: string): Promise<unknown> =>
  client.create(kinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

async function rates(client: Client, inNamespace: string, atOnce: number, count: number): Promise<Rates> {
  await namespace(client, inNamespace);
  const perSecond = async (work: (index: number) => Promise<unknown>): Promise<number> => {
    const { ms } = await timed(async () => {
      const indexes = Array.from({ length: count }, (_, index) => index).values();
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (const index of indexes) await work(index);
        }),
      );
    });
    return round(count / (ms / 1000));
  };
  return {
    createsPerSecond: await perSecond((index) => client.create(kinds.ConfigMap, configMap(inNamespace, index))),
    getsPerSecond: await perSecond((index) => client.get(kinds.ConfigMap, `object-${index}`, inNamespace)),
    patchesPerSecond: await perSecond((index) =>
      client.patch(kinds.ConfigMap, `object-${index}`, inNamespace, { metadata: { labels: { touched: 'yes' } } }),
    ),
  };
}

async function watchFanOut(client: Client): Promise<number[]> {
  await namespace(client, 'watched');
  const { metadata } = await client.list(kinds.ConfigMap, { namespace: 'watched' });
  const stop = new AbortController();
  const waiting = new Map<string, { left: number; resolve: () => void }>();
  const watching = Array.from({ length: watches }, async () => {
    const options = { namespace: 'watched', resourceVersion: metadata.resourceVersion ?? '', signal: stop.signal };
    for await (const event of client.watch(kinds.ConfigMap, options)) {
      const expected = waiting.get(event.object.metadata.name ?? '');
      if (expected !== undefined && --expected.left === 0) expected.resolve();
    }
  });
  const times: number[] = [];
  try {
    // The first one also waits for the watches to be opened; it does not count.
    for (let index = -1; index < 20; index++) {
      const object = configMap('watched', index + 1);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(object.metadata.name ?? '', { left: watches, resolve });
      const { ms } = await timed(() => Promise.all([promise, client.create(kinds.ConfigMap, object)]));
      if (index >= 0) times.push(ms);
    }
  } finally {
    stop.abort();
    await Promise.all(watching);
  }
  return times;
}
