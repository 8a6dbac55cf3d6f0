import type { Kind } from '../api/kind.ts';
import { type KubeObject, keyOf, type WatchEvent } from '../api/object.ts';
import { ApiError, isReason } from '../api/status.ts';
import { type Clock, delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import type { Client, ListOptions } from './client.ts';
import type { Informer, InformerHandlers } from './informer.ts';
import { createObjectCache } from './object-cache.ts';

export interface InformerOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Uniform in [0, 1), for jitter. */
  random: () => number;
  bookmarks: boolean;
}

export type InformerScope = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** client-go's reflector: 800 ms doubling to 30 s, each stretched by up to as much again. */
const firstPauseMs = 800;
const longestPauseMs = 30_000;

/** Starts listing and watching at once; ends with the signal. */
export function createSharedInformer<T extends KubeObject>(
  kind: Kind<T>,
  scope: InformerScope,
  { client, clock, log, signal, random, bookmarks }: InformerOptions,
): Informer<T> {
  const cache = createObjectCache<T>();
  const handlers = new Set<InformerHandlers<T>>();
  const { promise: firstList, resolve: listed } = Promise.withResolvers<void>();
  let synced = false;

  const call = (run: (handler: InformerHandlers<T>) => void): void => {
    for (const handler of [...handlers]) guard(() => run(handler));
  };
  const guard = (run: () => void): void => {
    try {
      run();
    } catch (thrown) {
      log.error(`a handler of ${kind.plural} failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown)}`);
    }
  };

  const remove = (key: string, last: T): void => {
    cache.delete(key);
    call((handler) => handler.delete?.(last));
  };
  const put = (object: T): void => {
    const key = keyOf(object);
    const previous = cache.get(key);
    // Deleted and made again while the watch was down: handlers see both, so they never compare two different objects.
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      remove(key, previous);
      put(object);
      return;
    }
    if (previous !== undefined && previous.metadata.resourceVersion === object.metadata.resourceVersion) return;
    cache.set(object);
    if (previous === undefined) call((handler) => handler.add?.(object));
    else call((handler) => handler.update?.(object, previous));
  };
  const apply = ({ type, object }: WatchEvent<T>): void => {
    if (type === 'DELETED') {
      const key = keyOf(object);
      if (cache.get(key) !== undefined) remove(key, object);
    } else if (type === 'ADDED' || type === 'MODIFIED') put(object);
  };

  const list = async (): Promise<string> => {
    const items: T[] = [];
    const first = await client.list(kind, { ...scope, resourceVersion: '0' });
    items.push(...first.items);
    for (let page = first; (page.metadata.continue ?? '') !== ''; items.push(...page.items)) {
      page = await client.list(kind, { ...scope, continue: page.metadata.continue ?? '' });
    }
    const present = new Set(items.map(keyOf));
    for (const key of [...cache.keys()]) {
      const gone = present.has(key) ? undefined : cache.get(key);
      if (gone !== undefined) remove(key, gone);
    }
    for (const item of items) put(item);
    return first.metadata.resourceVersion ?? '';
  };

  const run = async (): Promise<void> => {
    let revision: string | undefined;
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      const began = clock.now();
      let progress = false;
      const resuming = revision !== undefined;
      try {
        if (revision === undefined) {
          revision = await list();
          progress = true;
          if (!synced) log.debug(`${kind.plural} synced: ${cache.size} objects`);
          synced = true;
          listed();
        }
        const events = client.watch(kind, { ...scope, resourceVersion: revision, allowWatchBookmarks: bookmarks, signal });
        for await (const event of events) {
          revision = event.object.metadata.resourceVersion ?? revision;
          progress = true;
          apply(event);
        }
        if (signal.aborted) return;
        // A watch that ends by itself after a while is the server's time limit: resume without a pause.
        if (clock.now() - began > 1000) {
          pauseMs = firstPauseMs;
          continue;
        }
      } catch (thrown) {
        if (signal.aborted) return;
        if (isExpired(thrown)) {
          log.debug(`watch of ${kind.plural} expired, listing again`);
          revision = undefined;
          if (resuming) continue;
        } else if (revision === undefined) log.warn(`cannot list ${kind.plural}, trying again: ${messageOf(thrown)}`);
        else log.debug(`watch of ${kind.plural} broke, resuming: ${messageOf(thrown)}`);
      }
      if (progress) pauseMs = firstPauseMs;
      await delay(clock, pauseMs * (1 + random()), signal).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  };
  void run();

  return {
    kind,
    get: cache.get,
    list: cache.list,
    byIndex: cache.byIndex,
    addIndex: cache.addIndex,
    on(handler) {
      handlers.add(handler);
      for (const object of cache.list()) guard(() => handler.add?.(object));
      return () => void handlers.delete(handler);
    },
    synced: () => firstList,
    get hasSynced() {
      return synced;
    },
  };
}

const isExpired = (thrown: unknown): boolean =>
  isReason(thrown, 'Expired') || isReason(thrown, 'Gone') || (thrown instanceof ApiError && thrown.code === 410);
