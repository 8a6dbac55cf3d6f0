import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  type KubeConfig,
  loadYaml,
  PatchStrategy,
  setHeaderOptions,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loopbackUser } from '../../../src/apiserver/auth/user.ts';
import { createApiServer } from '../../../src/apiserver/server.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { clientConfig } from '../apiserver/client-config.ts';
import { type HttpsServer, startHttpsServer } from '../apiserver/fixture.ts';
import { cronTab, cronTabs } from './crontab.ts';

let server: HttpsServer;
let config: KubeConfig;
beforeAll(async () => {
  server = await startHttpsServer();
  config = clientConfig(server);
});
afterAll(() => server.close());

test('the JavaScript client defines a kind and works with its objects', async () => {
  const definitions = config.makeApiClient(ApiextensionsV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const name = 'crontabs.stable.example.com';
  await definitions.createCustomResourceDefinition({ body: loadYaml<V1CustomResourceDefinition>(JSON.stringify(cronTabs())) });
  const established = async (): Promise<boolean> => {
    const { status } = await definitions.readCustomResourceDefinition({ name });
    return status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true;
  };
  while (!(await established())) await setImmediate();
  const place = { group: 'stable.example.com', version: 'v1', namespace: 'default', plural: 'crontabs' };
  await custom.createNamespacedCustomObject({ ...place, body: cronTab('node') });
  await expect(custom.createNamespacedCustomObject({ ...place, body: cronTab('bad', { replicas: 99 }) })).rejects.toMatchObject({
    code: 422,
  });
  const object = (await custom.getNamespacedCustomObject({ ...place, name: 'node' })) as { spec: unknown };
  expect(object.spec).toEqual({ cronSpec: '* * * * */5', image: 'website:v1.0', replicas: 1 });
  await custom.patchNamespacedCustomObject(
    { ...place, name: 'node', body: [{ op: 'replace', path: '/spec/replicas', value: 4 }] },
    setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
  );
  const scale = (await custom.getNamespacedCustomObjectScale({ ...place, name: 'node' })) as { spec: { replicas: number } };
  expect(scale.spec.replicas).toBe(4);
  const list = (await custom.listNamespacedCustomObject({ ...place })) as { items: { metadata: { name: string } }[] };
  expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['node']);
  await custom.deleteNamespacedCustomObject({ ...place, name: 'node' });
  await expect(custom.getNamespacedCustomObject({ ...place, name: 'node' })).rejects.toMatchObject({ code: 404 });
  await definitions.deleteCustomResourceDefinition({ name });
});

test('definitions and objects are there after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'crd-restart-'));
  const signal = new AbortController().signal;
  const start = async () => {
    const store = await openSqliteStore(join(directory, 'state.db'), { log: silentLogger, clock: systemClock });
    const apiServer = createApiServer({ store, clock: systemClock, log: silentLogger });
    await apiServer.bootstrap();
    return {
      send: (method: 'GET' | 'POST', path: string, body?: unknown) =>
        apiServer.handle(
          { method, path, query: new URLSearchParams(), headers: {}, signal, ...(body === undefined ? {} : { body }) },
          loopbackUser,
        ),
      async stop() {
        await apiServer.close();
        await store.close();
      },
    };
  };
  const objects = '/apis/stable.example.com/v1/namespaces/default/crontabs';
  const first = await start();
  await first.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', cronTabs());
  while ((await first.send('GET', objects)).status !== 200) await setImmediate();
  expect((await first.send('POST', objects, cronTab('kept'))).status).toBe(201);
  await first.stop();
  const second = await start();
  const { status, body } = await second.send('GET', `${objects}/kept`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ value: { kind: 'CronTab', spec: { replicas: 1 } } });
  expect((await second.send('POST', objects, cronTab('bad', { replicas: 99 }))).status).toBe(422);
  await second.stop();
  rmSync(directory, { recursive: true });
});
