import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { ConfigMap, Pod, Secret } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import { type Clock, delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { referencesOf } from './pod/references.ts';

/** The ConfigMaps and Secrets that pods of a node refer to. */
export interface ObjectSource {
  /** Undefined when there is none of that name; throws what the API answers otherwise. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** A pod came to the node or changed: from now on its references are worth watching. */
  register(pod: Pod): void;
  unregister(uid: string): void;
  /** Calls back with the uid of a pod whose object changed. */
  onChange(listener: (uid: string) => void): void;
}

/** For many nodes in one process: informers of everything. Changes are not told: these nodes mount no files. */
export function informedObjects(informers: InformerFactory): ObjectSource {
  const configMaps = informers.informer(kinds.ConfigMap);
  const secrets = informers.informer(kinds.Secret);
  return {
    configMap: async (namespace, name) => configMaps.get(`${namespace}/${name}`),
    secret: async (namespace, name) => secrets.get(`${namespace}/${name}`),
    register: () => undefined,
    unregister: () => undefined,
    onChange: () => undefined,
  };
}

interface Watched {
  object: KubeObject | undefined;
  /** Rejects with the failure of the first read. */
  read: Promise<void>;
  users: Set<string>;
  stop: AbortController;
}

const pauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * For a real node: one single-object watch for each object that its pods name, as upstream's watch-based manager has it. A
 * node may read no others (node authorizer).
 */
export function watchedObjects({
  client,
  clock,
  log,
  signal,
}: {
  client: Client;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): ObjectSource {
  const watched = new Map<string, Watched>();
  const byPod = new Map<string, Set<string>>();
  let listener: (uid: string) => void = () => undefined;

  const keyOf = (kind: Kind, namespace: string, name: string): string => `${kind.kind}/${namespace}/${name}`;
  const set = (entry: Watched, object: KubeObject | undefined): void => {
    if (object?.metadata.resourceVersion === entry.object?.metadata.resourceVersion) return;
    entry.object = object;
    for (const uid of entry.users) listener(uid);
  };

  async function follow(kind: Kind, namespace: string, name: string, entry: Watched, resourceVersion: string): Promise<void> {
    const stopped = AbortSignal.any([entry.stop.signal, signal]);
    const scope = { namespace, fieldSelector: `metadata.name=${name}` };
    let from: string | undefined = resourceVersion;
    let pause = pauseMs;
    while (!stopped.aborted) {
      try {
        if (from === undefined) {
          const list = await client.list(kind, scope);
          set(entry, list.items[0]);
          from = list.metadata.resourceVersion;
        }
        for await (const event of client.watch(kind, {
          ...scope,
          allowWatchBookmarks: true,
          signal: stopped,
          resourceVersion: from ?? '',
        })) {
          pause = pauseMs;
          from = event.object.metadata.resourceVersion ?? from;
          if (event.type === 'DELETED') set(entry, undefined);
          else if (event.type !== 'BOOKMARK') set(entry, event.object);
        }
      } catch (thrown) {
        if (stopped.aborted) return;
        log.debug(`watching ${kind.plural} ${namespace}/${name}: ${messageOf(thrown)}`);
        from = undefined;
        await delay(clock, pause, stopped).catch(() => undefined);
        pause = Math.min(pause * 2, longestPauseMs);
      }
    }
  }

  async function get(kind: Kind, namespace: string, name: string): Promise<KubeObject | undefined> {
    const key = keyOf(kind, namespace, name);
    let entry = watched.get(key);
    if (entry === undefined) {
      // Not (yet) named by a registered pod: one plain read.
      const users = new Set([...byPod].filter(([, keys]) => keys.has(key)).map(([uid]) => uid));
      if (users.size === 0) return client.get(kind, name, namespace).catch(absent);
      const made: Watched = { object: undefined, read: Promise.resolve(), users, stop: new AbortController() };
      entry = made;
      watched.set(key, made);
      made.read = client.list(kind, { namespace, fieldSelector: `metadata.name=${name}` }).then(
        (list) => {
          made.object = list.items[0];
          void follow(kind, namespace, name, made, list.metadata.resourceVersion ?? '');
        },
        (thrown: unknown) => {
          watched.delete(key);
          throw thrown;
        },
      );
    }
    await entry.read;
    return entry.object;
  }

  const drop = (uid: string, key: string): void => {
    const entry = watched.get(key);
    entry?.users.delete(uid);
    if (entry?.users.size !== 0) return;
    entry.stop.abort();
    watched.delete(key);
  };
  return {
    configMap: (namespace, name) => get(kinds.ConfigMap, namespace, name) as Promise<ConfigMap | undefined>,
    secret: (namespace, name) => get(kinds.Secret, namespace, name) as Promise<Secret | undefined>,
    register(pod) {
      const { uid = '', namespace = '' } = pod.metadata;
      const references = referencesOf(pod);
      const keys = new Set([
        ...references.configMaps.map((name) => keyOf(kinds.ConfigMap, namespace, name)),
        ...references.secrets.map((name) => keyOf(kinds.Secret, namespace, name)),
      ]);
      for (const key of byPod.get(uid) ?? []) if (!keys.has(key)) drop(uid, key);
      for (const key of keys) watched.get(key)?.users.add(uid);
      byPod.set(uid, keys);
    },
    unregister(uid) {
      for (const key of byPod.get(uid) ?? []) drop(uid, key);
      byPod.delete(uid);
    },
    onChange(added) {
      listener = added;
    },
  };
}

function absent(thrown: unknown): undefined {
  if (isNotFound(thrown)) return undefined;
  throw thrown;
}
