import { CoreV1Api, type KubeConfig, makeInformer, PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientConfig } from './client-config.ts';
import { type HttpsServer, startHttpsServer } from './fixture.ts';

let server: HttpsServer;
let config: KubeConfig;
let core: CoreV1Api;
beforeAll(async () => {
  server = await startHttpsServer();
  config = clientConfig(server);
  core = config.makeApiClient(CoreV1Api);
});
afterAll(() => server.close());

const namespace = 'default';

test('typed create, read, list, replace, patch and delete', async () => {
  const created = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'typed' }, data: { a: '1' } } });
  expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
  const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'typed', body: { ...created, data: { a: '2' } } });
  expect(replaced.data).toEqual({ a: '2' });
  const patched = await core.patchNamespacedConfigMap(
    { namespace, name: 'typed', body: { data: { b: '3' } } },
    setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
  );
  expect(patched.data).toEqual({ a: '2', b: '3' });
  const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'none=such' });
  expect(items).toEqual([]);
  await core.deleteNamespacedConfigMap({ namespace, name: 'typed' });
  await expect(core.readNamespacedConfigMap({ namespace, name: 'typed' })).rejects.toMatchObject({ code: 404 });
});

test('a watch streams events as they happen', async () => {
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  const { metadata } = await core.listNamespacedSecret({ namespace });
  const controller = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/secrets`,
    { resourceVersion: metadata?.resourceVersion ?? '' },
    (type, object: { metadata: { name: string } }) => {
      seen.push(`${type} ${object.metadata.name}`);
      if (seen.length === 3) done.resolve();
    },
    () => undefined,
  );
  const created = await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'watched' }, stringData: { a: 'b' } } });
  expect(created.data).toEqual({ a: 'Yg==' });
  await core.replaceNamespacedSecret({ namespace, name: 'watched', body: { ...created, stringData: { a: 'c' } } });
  await core.deleteNamespacedSecret({ namespace, name: 'watched' });
  await done.promise;
  controller.abort();
  expect(seen).toEqual(['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
});

test('an informer lists, then follows', async () => {
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'before', labels: { informed: 'yes' } } } });
  const labelSelector = 'informed=yes';
  const informer = makeInformer(
    config,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => core.listNamespacedConfigMap({ namespace, labelSelector }),
    labelSelector,
  );
  const later = Promise.withResolvers<void>();
  const added: (string | undefined)[] = [];
  informer.on('add', (object) => {
    added.push(object.metadata?.name);
    if (object.metadata?.name === 'after') later.resolve();
  });
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'after', labels: { informed: 'yes' } } } });
  await later.promise;
  await informer.stop();
  expect(added).toEqual(['before', 'after']);
});
