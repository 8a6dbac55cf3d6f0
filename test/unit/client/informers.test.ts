import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { ApiError } from '../../../src/api/status.ts';
import type { ConfigMap } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createInformerFactory } from '../../../src/client/informers.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi } from './fake-api.ts';

const configMap = (name: string, data: Record<string, string> = {}, namespace = 'default'): ConfigMap => ({
  metadata: { name, namespace, labels: data },
  data,
});

function setUp() {
  const api = createFakeApi();
  const clock = virtualClock();
  const client = createInProcessClient(api.handle);
  const factory = createInformerFactory({ client, clock, log: silentLogger, random: () => 0 });
  const informer = factory.informer(kinds.ConfigMap);
  const seen: string[] = [];
  const observe = () =>
    informer.on({
      add: (object) => seen.push(`+${object.metadata.name}`),
      update: (object, previous) => seen.push(`~${object.metadata.name} ${previous.data?.['v'] ?? ''}→${object.data?.['v'] ?? ''}`),
      delete: (object) => seen.push(`-${object.metadata.name}`),
    });
  return { api, clock, factory, informer, seen, observe };
}

describe('shared informer', () => {
  test('lists, then follows the watch in order', async () => {
    const { api, clock, informer, seen, observe } = setUp();
    api.put('configmaps', configMap('a', { v: '1' }));
    observe();
    expect(informer.hasSynced).toBe(false);
    await informer.synced();
    await clock.advance(0);
    api.put('configmaps', configMap('b'));
    api.put('configmaps', configMap('a', { v: '2' }));
    api.remove('configmaps', 'b', 'default');
    await clock.advance(0);
    expect(seen).toEqual(['+a', '+b', '~a 1→2', '-b']);
    expect(informer.list().map((object) => object.metadata.name)).toEqual(['a']);
    expect(informer.get('default/a')?.data).toEqual({ v: '2' });
  });

  test('replays present objects to a later handler, until that is removed', async () => {
    const { api, clock, informer, seen, observe } = setUp();
    api.put('configmaps', configMap('a'));
    await informer.synced();
    const off = observe();
    expect(seen).toEqual(['+a']);
    off();
    await clock.advance(0);
    api.put('configmaps', configMap('b'));
    await clock.advance(0);
    expect(seen).toEqual(['+a']);
    expect(informer.get('default/b')).toBeDefined();
  });

  test('a broken watch is resumed from the last event, without listing again', async () => {
    const { api, clock, seen, observe } = setUp();
    api.put('configmaps', configMap('a', { v: '1' }));
    observe();
    await clock.advance(0);
    api.breakWatches(new ApiError('InternalError', 'boom'));
    await clock.advance(0);
    api.put('configmaps', configMap('a', { v: '2' }));
    await clock.advance(799);
    expect(seen).toEqual(['+a']);
    await clock.advance(1);
    expect(seen).toEqual(['+a', '~a 1→2']);
    expect(api.calls.filter((call) => !call.includes('watch=true'))).toHaveLength(1);
  });

  test('an expired watch lists again and tells only what differs', async () => {
    const { api, clock, seen, observe } = setUp();
    for (const name of ['same', 'changed', 'gone', 'remade']) api.put('configmaps', configMap(name, { v: '1' }));
    observe();
    await clock.advance(0);
    seen.length = 0;
    api.breakWatches();
    await clock.advance(0);
    api.put('configmaps', configMap('changed', { v: '2' }));
    api.remove('configmaps', 'gone', 'default');
    api.remove('configmaps', 'remade', 'default');
    api.put('configmaps', configMap('remade'));
    api.put('configmaps', configMap('new'));
    api.compact();
    await clock.advance(2000);
    expect([...seen].sort()).toEqual(['+new', '+remade', '-gone', '-remade', '~changed 1→2']);
    expect(seen.indexOf('-remade')).toBeLessThan(seen.indexOf('+remade'));
  });

  test('a list that fails is tried again with growing pauses', async () => {
    const api = createFakeApi();
    api.failNext(/configmaps/, new ApiError('ServiceUnavailable', 'not yet'), 3);
    const clock = virtualClock();
    const factory = createInformerFactory({
      client: createInProcessClient(api.handle),
      clock,
      log: silentLogger,
      random: () => 0,
    });
    const informer = factory.informer(kinds.ConfigMap);
    await clock.advance(800 + 1600 + 3200 - 1);
    expect([api.calls.length, informer.hasSynced]).toEqual([3, false]);
    await clock.advance(1);
    expect(informer.hasSynced).toBe(true);
  });

  test('is shared per kind and scope, and ends with the factory', async () => {
    const { api, clock, factory, informer } = setUp();
    expect(factory.informer(kinds.ConfigMap)).toBe(informer);
    expect(factory.informer(kinds.ConfigMap, { namespace: 'kube-system' })).not.toBe(informer);
    await factory.synced();
    factory.stop();
    await clock.advance(0);
    api.put('configmaps', configMap('late'));
    await clock.advance(60_000);
    expect(informer.get('default/late')).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test('indexes follow changes, also when declared late', async () => {
    const { api, clock, informer } = setUp();
    api.put('configmaps', configMap('a', { team: 'red' }));
    api.put('configmaps', configMap('b', { team: 'red' }, 'other'));
    await informer.synced();
    informer.addIndex('team', (object) => [object.data?.['team'] ?? '']);
    const names = (value: string) => informer.byIndex('team', value).map((object) => object.metadata.name);
    expect(names('red')).toEqual(['a', 'b']);
    await clock.advance(0);
    api.put('configmaps', configMap('a', { team: 'blue' }));
    api.remove('configmaps', 'b', 'other');
    await clock.advance(0);
    expect([names('red'), names('blue')]).toEqual([[], ['a']]);
    expect(informer.list('other')).toEqual([]);
    expect(() => informer.byIndex('colour', 'red')).toThrow('no index named colour');
  });

  test('a handler that throws does not stop the others', async () => {
    const { api, informer, seen, observe } = setUp();
    api.put('configmaps', configMap('a'));
    informer.on({
      add: () => {
        throw new Error('faulty');
      },
    });
    observe();
    await informer.synced();
    expect(seen).toEqual(['+a']);
  });
});
