import type { Kind } from '../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../api/object.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { Client } from './client.ts';
import type { Informer, InformerFactory } from './informer.ts';
import { createSharedInformer, type InformerScope } from './shared-informer.ts';

export interface InformerFactoryOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Uniform in [0, 1); spreads reconnections. */
  random?: () => number;
  /** Whether watches ask for bookmarks, which keep an idle one from expiring; default true. */
  bookmarks?: boolean;
}

/** One informer per kind, namespace and selectors. `stop` ends them all. */
export function createInformerFactory({
  client,
  clock,
  log,
  random = Math.random,
  bookmarks = true,
}: InformerFactoryOptions): InformerFactory {
  const stopped = new AbortController();
  // Objects of different kinds share the map; a key names its kind, so the type that went in is the one that comes out.
  const informers = new Map<string, Informer<KubeObject>>();
  return {
    informer<T extends KubeObject>(kind: Kind<T>, scope: InformerScope = {}): Informer<T> {
      const { namespace = '', labelSelector = '', fieldSelector = '' } = scope;
      const key = [apiVersionOf(kind), kind.plural, namespace, labelSelector, fieldSelector].join('|');
      let informer = informers.get(key);
      if (informer === undefined) {
        const options = { client, clock, log: log.for('informer'), signal: stopped.signal, random, bookmarks };
        informer = createSharedInformer(kind, scope, options) as unknown as Informer<KubeObject>;
        informers.set(key, informer);
      }
      return informer as unknown as Informer<T>;
    },
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced()));
    },
    stop: () => stopped.abort(),
  };
}
