import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { kindPrefix, objectKey } from '../../../src/store/keys.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { type Backend, createRevisionedStore } from '../../../src/store/revisioned.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import type { StoreError } from '../../../src/store/store.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { object, storeContract } from './contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'shoal-store-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${files++}.db`);
const open = (path: string) => openSqliteStore(path, { log: silentLogger, clock: virtualClock() });

storeContract('memory', async (options) => createMemoryStore(options));
storeContract('sqlite', (options) => openSqliteStore(newFile(), { log: silentLogger, ...options }));

describe('keys', () => {
  test.each([
    ['core, namespaced', objectKey(kinds.Pod, 'default', 'web-0'), '/core/pods/default/web-0'],
    ['core, cluster', objectKey(kinds.Node, undefined, 'n1'), '/core/nodes/n1'],
    ['group', objectKey(kinds.Deployment, 'default', 'web'), '/apps/deployments/default/web'],
    ['prefix', kindPrefix(kinds.Deployment), '/apps/deployments/'],
    ['prefix of a namespace', kindPrefix(kinds.Deployment, 'default'), '/apps/deployments/default/'],
  ])('%s', (_name, actual, expected) => expect(actual).toBe(expected));
});

describe('sqlite across restarts', () => {
  test('objects and the revision line survive, deletes included; older watches are compacted', async () => {
    const path = newFile();
    const first = await open(path);
    const a = await first.create('/core/configmaps/default/a', object('a', { ü: '✓' }));
    const b = await first.create('/core/configmaps/default/b', object('b'));
    const gone = await first.delete(b.key, b.revision);
    await first.close();
    const second = await open(path);
    expect(await second.revision()).toBe(gone.revision);
    expect((await second.list('/')).entries).toEqual([a]);
    await expect(second.watch('/', a.revision)).rejects.toMatchObject({ code: 'compacted' });
    expect((await second.update(a.key, object('a'), a.revision)).revision).toBe(gone.revision + 1);
    await second.close();
  });

  test('a second opener of the same file is refused', async () => {
    const path = newFile();
    const store = await open(path);
    await expect(open(path)).rejects.toThrow(/locked/);
    await store.close();
  });

  test('writes that are pending at close are committed', async () => {
    const path = newFile();
    const store = await open(path);
    const pending = store.create('/core/configmaps/default/a', object('a'));
    await store.close();
    const { revision } = await pending;
    const again = await open(path);
    expect((await again.get('/core/configmaps/default/a'))?.revision).toBe(revision);
    await again.close();
  });
});

describe('a commit that fails', () => {
  const failing = () => {
    let flush: (() => void) | undefined;
    const state = { broken: false, batches: [] as number[], run: () => flush?.() };
    const backend: Backend = {
      initial: { revision: 1, entries: [] },
      commit: (batch) => {
        if (state.broken) throw new Error('disk full');
        state.batches.push(batch.length);
      },
      schedule: (run) => {
        flush = run;
      },
      close: () => undefined,
    };
    return { state, store: createRevisionedStore(backend, { clock: virtualClock() }) };
  };

  test('rejects its writes, shows none of them and gives their revisions to the next', async () => {
    const { state, store } = failing();
    state.broken = true;
    const lost = Promise.allSettled([store.create('/a/b/c', object('c')), store.create('/a/b/c', object('c'))]);
    state.run();
    expect((await lost).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(await store.get('/a/b/c')).toBeUndefined();
    state.broken = false;
    const kept = store.create('/a/b/c', object('c'));
    state.run();
    expect((await kept).revision).toBe(2);
  });

  test('nothing is acknowledged or visible before the commit, and one commit takes all that arrived', async () => {
    const { state, store } = failing();
    const acknowledged: string[] = [];
    const writes = ['c', 'd', 'e'].map((name) => store.create(`/a/b/${name}`, object(name)).then(() => acknowledged.push(name)));
    await Promise.resolve();
    expect([acknowledged, (await store.list('/')).entries]).toEqual([[], []]);
    state.run();
    await Promise.all(writes);
    expect([acknowledged, state.batches]).toEqual([['c', 'd', 'e'], [3]]);
  });
});

describe('a backend that is told to sync', () => {
  const syncing = () => {
    const flushes: (() => void)[] = [];
    const syncs: PromiseWithResolvers<void>[] = [];
    const batches: string[][] = [];
    const state = { broken: false };
    const backend: Backend = {
      initial: { revision: 1, entries: [] },
      commit: (batch) => {
        if (state.broken) throw new Error('disk full');
        batches.push(batch.map(({ entry }) => entry.key));
      },
      sync: () => {
        const sync = Promise.withResolvers<void>();
        syncs.push(sync);
        return sync.promise;
      },
      schedule: (run) => void flushes.push(run),
      close: () => undefined,
    };
    const store = createRevisionedStore(backend, { clock: virtualClock() });
    return { store, state, batches, syncs, flush: () => flushes.shift()?.() };
  };
  const nothingYet = (promise: Promise<unknown>) => Promise.race([promise.then(() => 'done'), Promise.resolve('pending')]);

  test('acknowledges and shows a write when the sync is done', async () => {
    const { store, syncs, flush } = syncing();
    const first = store.create('/a/b/c', object('c'));
    flush();
    expect([await store.get('/a/b/c'), await nothingYet(first)]).toEqual([undefined, 'pending']);
    syncs[0]?.resolve();
    expect((await first).revision).toBe(2);
  });

  test('commits a second batch while the first is synced; what arrives then waits for one of them', async () => {
    const { store, batches, syncs, flush } = syncing();
    const writes = ['c', 'd', 'e', 'f'].map((name) => {
      const written = store.create(`/a/b/${name}`, object(name));
      flush();
      return written;
    });
    expect(batches).toEqual([['/a/b/c'], ['/a/b/d']]);
    syncs[0]?.resolve();
    expect([(await writes[0])?.revision, await nothingYet(Promise.race(writes.slice(1)))]).toEqual([2, 'pending']);
    flush();
    expect(batches).toEqual([['/a/b/c'], ['/a/b/d'], ['/a/b/e', '/a/b/f']]);
    for (const sync of syncs) sync.resolve();
    expect((await Promise.all(writes)).map(({ revision }) => revision)).toEqual([2, 3, 4, 5]);
  });

  test('a later sync acknowledges the earlier batch too, in order', async () => {
    const { store, syncs, flush } = syncing();
    const order: string[] = [];
    const writes = ['c', 'd'].map((name) => {
      const written = store.create(`/a/b/${name}`, object(name)).then(() => order.push(name));
      flush();
      return written;
    });
    syncs[1]?.resolve();
    await Promise.all(writes);
    syncs[0]?.resolve();
    expect([order, await store.revision()]).toEqual([['c', 'd'], 3]);
  });

  test('judges a write by what is being synced, and refuses when that is decided', async () => {
    const { store, syncs, flush } = syncing();
    const first = store.create('/a/b/c', object('c'));
    flush();
    const refused = store.create('/a/b/c', object('c')).catch((error: unknown) => (error as StoreError).code);
    const next = store.update('/a/b/c', object('c'), 2);
    expect(await nothingYet(refused)).toBe('pending');
    syncs[0]?.resolve();
    await first;
    flush();
    syncs[1]?.resolve();
    expect([await refused, (await next).revision]).toEqual(['exists', 3]);
  });

  test('commits and syncs what is pending at close', async () => {
    const { store, batches, syncs, flush } = syncing();
    const writes = ['c', 'd', 'e'].map((name) => {
      const written = store.create(`/a/b/${name}`, object(name));
      flush();
      return written;
    });
    const closed = store.close();
    expect(batches).toEqual([['/a/b/c'], ['/a/b/d'], ['/a/b/e']]);
    for (const sync of syncs) sync.resolve();
    await Promise.all([...writes, closed]);
  });

  test('a commit that fails leaves what is being synced as it is', async () => {
    const { store, state, syncs, flush } = syncing();
    const first = store.create('/a/b/c', object('c'));
    flush();
    state.broken = true;
    const lost = store.update('/a/b/c', object('c'), 2);
    flush();
    await expect(lost).rejects.toThrow('disk full');
    state.broken = false;
    const next = store.update('/a/b/c', object('c'), 2);
    flush();
    for (const sync of syncs) sync.resolve();
    expect([(await first).revision, (await next).revision]).toEqual([2, 3]);
  });

  test('a sync that fails loses all that was not acknowledged, and ends the store', async () => {
    const { store, syncs, flush } = syncing();
    const writes = [store.create('/a/b/c', object('c'))];
    flush();
    writes.push(store.create('/a/b/d', object('d')));
    syncs[0]?.reject(new Error('I/O error'));
    expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(store.get('/a/b/c')).rejects.toThrow('I/O error');
  });
});
