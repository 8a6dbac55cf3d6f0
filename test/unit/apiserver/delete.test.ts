import { beforeEach, describe, expect, test } from 'vitest';
import { configMap, configMaps, merge, pod, pods, type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const scheduled = async (name: string, terminationGracePeriodSeconds = 20): Promise<void> => {
  await server.post(pods, pod(name, { terminationGracePeriodSeconds }));
  await server.post(`${pods}/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: 'n1' },
  });
};
const remove = (url: string, options: Record<string, unknown> = {}) =>
  server.call('DELETE', url, { apiVersion: 'v1', kind: 'DeleteOptions', ...options });

describe('delete', () => {
  test('answers with a Status that names what went', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    const answer = await server.call('DELETE', `${configMaps}/a`);
    expect(answer.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: body.metadata.uid },
    });
    expect((await server.get(`${configMaps}/a`)).status).toBe(404);
  });

  test('keeps to its preconditions', async () => {
    const { body } = await server.post(configMaps, configMap('a'));
    const wrong = await remove(`${configMaps}/a`, { preconditions: { uid: 'other' } });
    expect(wrong.status).toBe(409);
    const record = `the UID in the precondition (other) does not match the UID in record (${body.metadata.uid}).`;
    expect(wrong.body).toMatchObject({
      message: `Operation cannot be fulfilled on ConfigMap "a": ${record} The object might have been deleted and then recreated`,
      details: { name: 'a', kind: 'ConfigMap' },
    });
    expect((await remove(`${configMaps}/a`, { preconditions: { uid: body.metadata.uid } })).status).toBe(200);
  });

  test('keeps to those of a namespace in other words', async () => {
    const { body } = await server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } });
    const { uid, resourceVersion } = body.metadata;
    const head = 'Operation cannot be fulfilled on namespaces "kept": Precondition failed:';
    const other = await remove('/api/v1/namespaces/kept', { preconditions: { uid: 'other' } });
    expect([other.status, other.body.message, other.body.details]).toEqual([
      409,
      `${head} UID in precondition: other, UID in object meta: ${uid}`,
      { name: 'kept', kind: 'namespaces' },
    ]);
    const old = await remove('/api/v1/namespaces/kept', { preconditions: { uid, resourceVersion: '1' } });
    expect(old.body.message).toBe(`${head} ResourceVersion in precondition: 1, ResourceVersion in object meta: ${resourceVersion}`);
  });

  test('a pod on a node gets its grace period', async () => {
    await scheduled('p');
    const { body } = await remove(`${pods}/p`);
    expect(body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:20Z', deletionGracePeriodSeconds: 20 });
    await server.clock.advance(5_000);
    const shorter = await remove(`${pods}/p`, { gracePeriodSeconds: 10 });
    expect(shorter.body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 10 });
    const longer = await remove(`${pods}/p`, { gracePeriodSeconds: 60 });
    expect(longer.body.metadata.deletionGracePeriodSeconds).toBe(10);
    await remove(`${pods}/p`, { gracePeriodSeconds: 0 });
    expect((await server.get(`${pods}/p`)).status).toBe(404);
  });

  test('a grace period beyond all calendars is one that they hold, and can be shortened', async () => {
    await scheduled('p', Number.MAX_SAFE_INTEGER);
    expect((await remove(`${pods}/p`)).body.metadata.deletionTimestamp).toMatch(/^9\d{3}-/);
    const shorter = await remove(`${pods}/p`, { gracePeriodSeconds: 10 });
    expect(shorter.body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 10 });
    const tooLong = await server.call('DELETE', `${pods}/p?gracePeriodSeconds=${'9'.repeat(21)}`);
    expect(tooLong).toMatchObject({ status: 400, body: { message: expect.stringContaining('value out of range') } });
  });

  test('a pod without a node goes at once', async () => {
    await server.post(pods, pod('p'));
    const { body } = await remove(`${pods}/p`);
    expect(body).toMatchObject({ kind: 'Pod', metadata: { name: 'p', deletionGracePeriodSeconds: 0 } });
    expect((await server.get(`${pods}/p`)).status).toBe(404);
  });

  test('waits for finalizers, and the update that takes the last one removes the object', async () => {
    await server.post(configMaps, configMap('a', { metadata: { finalizers: ['example.com/hold'] } }));
    const { body } = await remove(`${configMaps}/a`);
    expect(body.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    const watch = await server.watch(`${configMaps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await server.call('PATCH', `${configMaps}/a`, { metadata: { finalizers: null } }, { type: merge });
    expect((await watch.next(1))[0]?.type).toBe('DELETED');
    expect((await server.get(`${configMaps}/a`)).status).toBe(404);
    watch.close();
  });

  const policies: [propagationPolicy: string, finalizers: string[] | undefined][] = [
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
    ['Background', undefined],
  ];
  test.each(policies)('with policy %s', async (propagationPolicy, finalizers) => {
    await server.post(configMaps, configMap('a'));
    await remove(`${configMaps}/a`, { propagationPolicy });
    const { status, body } = await server.get(`${configMaps}/a`);
    expect([status, body.metadata.finalizers]).toEqual(finalizers === undefined ? [404, undefined] : [200, finalizers]);
  });

  test('of a collection takes what the selector matches', async () => {
    for (const name of ['a', 'b', 'c'])
      await server.post(configMaps, configMap(name, { metadata: { labels: { keep: String(name === 'b') } } }));
    const { body } = await server.call('DELETE', `${configMaps}?labelSelector=keep%3Dfalse`);
    expect(body.kind).toBe('ConfigMapList');
    const left = (await server.get(configMaps)).body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(left).toEqual(['b']);
  });

  test('dry run leaves everything as it is', async () => {
    await server.post(configMaps, configMap('a'));
    await remove(`${configMaps}/a`, { dryRun: ['All'] });
    expect((await server.get(`${configMaps}/a`)).status).toBe(200);
  });
});

describe('a namespace', () => {
  test('terminates, and goes when it is finalized', async () => {
    const url = '/api/v1/namespaces/team';
    await server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    const { body } = await server.call('DELETE', url);
    expect(body.status.phase).toBe('Terminating');
    expect(body.metadata.deletionGracePeriodSeconds).toBeUndefined();
    const refused = await server.post(`${url}/configmaps`, configMap('late'));
    expect(refused.status).toBe(403);
    expect(refused.body.details.causes[0].reason).toBe('NamespaceTerminating');
    const finalized = await server.call('PUT', `${url}/finalize`, { ...body, spec: { finalizers: [] } });
    expect(finalized.status).toBe(200);
    expect((await server.get(url)).status).toBe(404);
  });
});
