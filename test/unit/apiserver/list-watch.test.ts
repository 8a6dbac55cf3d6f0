import { beforeEach, describe, expect, test } from 'vitest';
import type { WatchEvent } from '../../../src/api/object.ts';
import { configMap, configMaps, merge, type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const labelled = (name: string, color: string) => configMap(name, { metadata: { labels: { color } } });
const names = (items: { metadata: { name: string } }[]): string[] => items.map(({ metadata }) => metadata.name);
const seen = (events: WatchEvent[]): string[] => events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`);

describe('list', () => {
  test('by pages is consistent at one revision', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await server.post(configMaps, configMap(name));
    const first = (await server.get(`${configMaps}?limit=2`)).body;
    expect([names(first.items), first.metadata.remainingItemCount]).toEqual([['a', 'b'], 3]);
    await server.post(configMaps, configMap('bb'));
    await server.call('DELETE', `${configMaps}/e`);
    const second = (await server.get(`${configMaps}?limit=2&continue=${first.metadata.continue}`)).body;
    expect([names(second.items), second.metadata.remainingItemCount]).toEqual([['c', 'd'], 1]);
    const third = (await server.get(`${configMaps}?limit=2&continue=${second.metadata.continue}`)).body;
    expect([names(third.items), third.metadata.continue]).toEqual([['e'], undefined]);
    expect(third.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('with an expired token says so and gives one that goes on', async () => {
    for (const name of ['a', 'b', 'c']) await server.post(configMaps, configMap(name));
    const { metadata } = (await server.get(`${configMaps}?limit=1`)).body;
    await server.call('DELETE', `${configMaps}/b`);
    await server.store.compact(await server.store.revision());
    const gone = await server.get(`${configMaps}?limit=1&continue=${metadata.continue}`);
    expect([gone.status, gone.body.reason]).toEqual([410, 'Expired']);
    const rest = await server.get(`${configMaps}?continue=${gone.body.metadata.continue}`);
    expect(names(rest.body.items)).toEqual(['c']);
  });

  test('by label and field', async () => {
    for (const [name, color] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'red'],
    ] as const)
      await server.post(configMaps, labelled(name, color));
    expect(names((await server.get(`${configMaps}?labelSelector=color%3Dred`)).body.items)).toEqual(['a', 'c']);
    expect(names((await server.get(`${configMaps}?fieldSelector=metadata.name%3Db`)).body.items)).toEqual(['b']);
    const page = (await server.get(`${configMaps}?labelSelector=color%3Dred&limit=1`)).body;
    expect([names(page.items), page.metadata.remainingItemCount]).toEqual([['a'], undefined]);
    expect(
      names((await server.get(`${configMaps}?labelSelector=color%3Dred&limit=1&continue=${page.metadata.continue}`)).body.items),
    ).toEqual(['c']);
  });

  test('at an exact revision shows the past', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    await server.call('DELETE', `${configMaps}/a`);
    const url = `${configMaps}?resourceVersion=${body.metadata.resourceVersion}`;
    expect(names((await server.get(`${url}&resourceVersionMatch=Exact`)).body.items)).toEqual(['a']);
    expect(names((await server.get(`${url}&resourceVersionMatch=NotOlderThan`)).body.items)).toEqual([]);
  });

  const refusals: [query: string, status: number, message: string][] = [
    ['resourceVersion=x', 400, 'Invalid value: "x"'],
    ['resourceVersion=999999', 504, 'Too large resource version: 999999'],
    ['resourceVersionMatch=Exact', 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422, 'is forbidden for resourceVersion "0"'],
    ['continue=abc', 400, 'continue key is not valid'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    ['limit=x', 400, 'invalid syntax'],
    ['fieldSelector=data.x%3D1', 400, '"data.x" is not a known field selector'],
  ];
  test.each(refusals)('%s is refused', async (query, status, message) => {
    const answer = await server.get(`${configMaps}?${query}`);
    expect(answer.body.message).toContain(message);
    expect(answer.status).toBe(status);
  });
});

describe('watch', () => {
  test('by the old path of one object shows that object alone', async () => {
    await server.post(configMaps, configMap('own'));
    await server.post(configMaps, configMap('owned'));
    const watch = await server.watch('/api/v1/watch/namespaces/default/configmaps/own');
    await server.post(configMaps, configMap('other'));
    await server.call('DELETE', `${configMaps}/own`);
    expect(seen(await watch.next(2))).toEqual(['ADDED own', 'DELETED own']);
    watch.close();
  });

  test('without a version begins with the present state', async () => {
    await server.post(configMaps, configMap('a'));
    const watch = await server.watch(`${configMaps}?watch=1`);
    expect(seen(await watch.next(1))).toEqual(['ADDED a']);
    await server.call('PATCH', `${configMaps}/a`, { data: { x: '1' } }, { type: merge });
    await server.call('DELETE', `${configMaps}/a`);
    const [modified, deleted] = await watch.next(2);
    expect(seen([modified, deleted] as WatchEvent[])).toEqual(['MODIFIED a', 'DELETED a']);
    expect(Number(deleted?.object.metadata.resourceVersion)).toBeGreaterThan(Number(modified?.object.metadata.resourceVersion));
    watch.close();
  });

  test('from a version gets every event after it, once', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    await server.post(configMaps, configMap('b'));
    const watch = await server.watch(`${configMaps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await server.post(configMaps, configMap('c'));
    expect(seen(await watch.next(2))).toEqual(['ADDED b', 'ADDED c']);
    watch.close();
  });

  test('with a selector sees objects come and go', async () => {
    const watch = await server.watch(`${configMaps}?watch=1&labelSelector=color%3Dred`);
    const paint = (color: string) => server.call('PATCH', `${configMaps}/a`, { metadata: { labels: { color } } }, { type: merge });
    await server.post(configMaps, labelled('a', 'blue'));
    await paint('red');
    await server.call('PATCH', `${configMaps}/a`, { data: { x: '1' } }, { type: merge });
    const left = await paint('blue');
    await paint('green');
    const events = await watch.next(3);
    expect(seen(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(events[2]?.object.metadata.labels).toEqual({ color: 'red' });
    expect(events[2]?.object.metadata.resourceVersion).toBe(left.body.metadata.resourceVersion);
    watch.close();
  });

  test('from before what is kept answers with an Expired event', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    await server.post(configMaps, configMap('b'));
    await server.store.compact(await server.store.revision());
    const watch = await server.watch(`${configMaps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    expect(await watch.next(1)).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  test('as a streaming list ends the present state with a bookmark', async () => {
    await server.post(configMaps, configMap('a'));
    const query = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const watch = await server.watch(`${configMaps}?${query}`);
    const [added, end] = await watch.next(2);
    expect([added?.type, end?.type]).toEqual(['ADDED', 'BOOKMARK']);
    expect(end?.object).toMatchObject({ kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } });
    watch.close();
  });

  test('gets a bookmark about once a minute, after the events before it', async () => {
    const watch = await server.watch(`${configMaps}?watch=1&allowWatchBookmarks=true&resourceVersion=1`);
    const got = watch.next(2);
    await server.clock.advance(30_000);
    const { body } = await server.post(configMaps, configMap('a'));
    await server.post('/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } });
    await server.clock.advance(30_000);
    const [added, bookmark] = await got;
    expect([added?.type, bookmark?.type]).toEqual(['ADDED', 'BOOKMARK']);
    expect(Number(bookmark?.object.metadata.resourceVersion)).toBe(Number(body.metadata.resourceVersion) + 1);
    watch.close();
  });

  test('gets a last bookmark shortly before its end', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    const version = body.metadata.resourceVersion;
    const watch = await server.watch(`${configMaps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=10&resourceVersion=${version}`);
    const got = watch.next(1);
    await server.clock.advance(8_000);
    expect(await got).toMatchObject([{ type: 'BOOKMARK', object: { metadata: { resourceVersion: version } } }]);
    watch.close();
  });

  test('as a streaming list without bookmarks does not say where the present state ends', async () => {
    await server.post(configMaps, configMap('a'));
    const watch = await server.watch(`${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=5`);
    const events = watch.next(2);
    await server.clock.advance(5_000);
    expect((await events).map(({ type }) => type)).toEqual(['ADDED']);
  });

  test.each([
    [
      'resourceVersionMatch=Exact',
      ['Forbidden: resourceVersionMatch is forbidden for watch unless', 'Unsupported value: "Exact": supported values: "NotOlderThan"'],
    ],
    ['sendInitialEvents=true', ['Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan']],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x',
      ['Forbidden: resourceVersionMatch is forbidden when continue is provided'],
    ],
  ])('with %s is refused', async (query, messages) => {
    const { status, body } = await server.get(`${configMaps}?watch=1&${query}`);
    expect([status, body.details.causes.map(({ message }: { message: string }) => message)]).toEqual([
      422,
      messages.map((text) => expect.stringContaining(text)),
    ]);
  });

  test('ends at timeoutSeconds', async () => {
    const watch = await server.watch(`${configMaps}?watch=1&timeoutSeconds=5`);
    const events = watch.next(1);
    await server.clock.advance(5_000);
    expect(await events).toEqual([]);
    await watch.ended;
  });

  test('ends when the caller leaves', async () => {
    const watch = await server.watch(`${configMaps}?watch=1`);
    const events = watch.next(1);
    watch.close();
    expect(await events).toEqual([]);
  });
});

describe('tables', () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';

  test('of a list', async () => {
    await server.post(configMaps, configMap('a', { data: { x: '1', y: '2' } }));
    const { body } = await server.call('GET', configMaps, undefined, { accept });
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(['Name', 'Data', 'Age']);
    expect(body.rows).toMatchObject([{ cells: ['a', 2, '0s'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }]);
  });

  test('metadata only', async () => {
    await server.post(configMaps, configMap('a', { data: { x: '1' } }));
    const wanted = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    const { body } = await server.call('GET', `${configMaps}/a`, undefined, { accept: wanted });
    expect(body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(body.data).toBeUndefined();
  });
});
