import {
  CoreV1Api,
  type Informer,
  type KubeConfig,
  makeInformer,
  type ObjectCache,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../apiserver/client-config.ts';
import { type HttpsServer, startHttpsServer } from '../apiserver/fixture.ts';
import { type BreakableProxy, breakableProxy } from './proxy.ts';

/** The JavaScript client's watches over a network that fails, and against a server that forgets. */
const retainEvents = 30;
let server: HttpsServer;
let proxy: BreakableProxy;
/** Reaches the server through the proxy; `core` does not. */
let config: KubeConfig;
let core: CoreV1Api;
beforeAll(async () => {
  server = await startHttpsServer({ retainEvents });
  proxy = await breakableProxy(server.port);
  config = clientConfig({ ...server, url: `https://127.0.0.1:${proxy.port}` });
  core = clientConfig(server).makeApiClient(CoreV1Api);
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const namespace = 'default';
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const make = (name: string, group: string, value = '1') =>
  core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { group } }, data: { value } } });
const change = async (name: string, value: string): Promise<void> => {
  const body = await core.readNamespacedConfigMap({ name, namespace });
  await core.replaceNamespacedConfigMap({ name, namespace, body: { ...body, data: { value } } });
};

interface Told {
  informer: Informer<V1ConfigMap> & ObjectCache<V1ConfigMap>;
  events: string[];
  /** Resolves with the next error. */
  broken(): Promise<unknown>;
}

function inform(group: string): Told {
  const labelSelector = `group=${group}`;
  const through = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, path, () => through.listNamespacedConfigMap({ namespace, labelSelector }), labelSelector);
  const events: string[] = [];
  let next = Promise.withResolvers<unknown>();
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, ({ metadata, data }) => events.push(`${verb} ${metadata?.name}=${data?.['value']}`));
  }
  informer.on('error', (error: unknown) => {
    next.resolve(error);
    next = Promise.withResolvers();
  });
  return { informer, events, broken: () => next.promise };
}

describe('an informer', () => {
  it('goes on after a lost connection and misses nothing', async () => {
    await make('before', 'lost');
    const { informer, events, broken } = inform('lost');
    await informer.start();
    await make('first', 'lost');
    await expect.poll(() => events).toEqual(['add before=1', 'add first=1']);
    const lost = broken();
    proxy.cut();
    await lost;
    await make('meanwhile', 'lost');
    await change('first', '2');
    await informer.start();
    await expect.poll(() => events.slice(2)).toEqual(['add meanwhile=1', 'update first=2']);
    await informer.stop();
  });

  it('lists anew when what it saw last is forgotten (410 Gone)', async () => {
    await make('kept', 'gone');
    await make('removed', 'gone');
    const { informer, events, broken } = inform('gone');
    await informer.start();
    await expect.poll(() => events).toEqual(['add kept=1', 'add removed=1']);
    const lost = broken();
    proxy.cut();
    await lost;
    await core.deleteNamespacedConfigMap({ name: 'removed', namespace });
    await make('new', 'gone');
    for (let round = 2; round < retainEvents + 10; round++) await change('kept', String(round));
    await informer.start();
    await expect.poll(() => events.slice(2).sort()).toEqual(['add new=1', 'delete removed=1', `update kept=${retainEvents + 9}`]);
    expect(
      informer
        .list(namespace)
        .map(({ metadata }) => metadata?.name)
        .sort(),
    ).toEqual(['kept', 'new']);
    await make('later', 'gone');
    await expect.poll(() => events.at(-1)).toBe('add later=1');
    await informer.stop();
  });
});

describe('a watch', () => {
  const watch = (query: Record<string, string | number | boolean>): Promise<{ types: string[]; versions: string[]; last: unknown }> =>
    new Promise((resolve, reject) => {
      const types: string[] = [];
      const versions: string[] = [];
      let last: unknown;
      new Watch(config)
        .watch(
          path,
          query,
          (type, object: { metadata?: { name?: string; resourceVersion?: string } }) => {
            types.push(type === 'ADDED' || type === 'MODIFIED' ? `${type} ${object.metadata?.name}` : type);
            versions.push(object.metadata?.resourceVersion ?? '');
            last = object;
          },
          (error: unknown) => (error === null ? resolve({ types, versions, last }) : reject(error)),
        )
        .catch(reject);
    });

  it('from an old version tells what happened since, in order', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    await make('old-a', 'old');
    await change('old-a', '2');
    await make('old-b', 'old');
    const { types } = await watch({ resourceVersion: metadata?.resourceVersion ?? '', labelSelector: 'group=old', timeoutSeconds: 1 });
    expect(types).toEqual(['ADDED old-a', 'MODIFIED old-a', 'ADDED old-b']);
  });

  it('from a version long gone ends with 410', async () => {
    const { types, last } = await watch({ resourceVersion: '1', timeoutSeconds: 5 });
    expect(types).toEqual(['ERROR']);
    expect(last).toMatchObject({ code: 410, reason: 'Expired', status: 'Failure' });
  });

  it('with initial events begins with what there is, then says that this was all', async () => {
    const { types, last } = await watch({
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan',
      labelSelector: 'group=old',
      timeoutSeconds: 1,
    });
    expect(types).toEqual(['ADDED old-a', 'ADDED old-b', 'BOOKMARK']);
    expect(last).toMatchObject({ metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } });
  });
});
