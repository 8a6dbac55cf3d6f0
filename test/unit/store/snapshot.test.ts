import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import type { RevisionedOptions } from '../../../src/store/revisioned.ts';
import { restoreSnapshot, takeSnapshot } from '../../../src/store/snapshot.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

const folder = await mkdtemp(join(tmpdir(), 'shoal-snapshot-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;

const key = (name: string): string => `/core/configmaps/default/${name}`;
const object = (name: string, data = '', uid = `uid-${name}`): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', uid }, data: { data } }) as KubeObject;
const content = async (store: Store) =>
  (await store.list('/')).entries.map(({ object: { metadata, ...rest } }) => ({ ...rest, metadata: { ...metadata, resourceVersion: '' } }));

const stores: [string, (options: RevisionedOptions) => Promise<Store>][] = [
  ['memory', async (options) => createMemoryStore(options)],
  ['sqlite', (options) => openSqliteStore(join(folder, `${files++}.db`), { log: silentLogger, ...options })],
];

describe.each(stores)('snapshots of a %s store', (_name, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open({ clock: virtualClock(), freeze: true });
    await store.create(key('same'), object('same'));
    await store.create(key('changed'), object('changed', 'before'));
    await store.create(key('gone'), object('gone'));
    await store.create(key('replaced'), object('replaced', '', 'first'));
  });
  afterEach(() => store.close());

  /** Every way in which a store comes to differ from a snapshot. */
  const drift = async (): Promise<void> => {
    const [changed, gone, replaced] = await Promise.all(['changed', 'gone', 'replaced'].map((name) => store.get(key(name))));
    await store.update(key('changed'), object('changed', 'after'), changed?.revision ?? 0);
    await store.delete(key('gone'), gone?.revision ?? 0);
    await store.delete(key('replaced'), replaced?.revision ?? 0);
    await store.create(key('replaced'), object('replaced', '', 'second'));
    await store.create(key('new'), object('new'));
  };

  test('restoring writes only what differs, as ordinary events on a revision line that goes on', async () => {
    const snapshot = await takeSnapshot(store);
    const before = await content(store);
    await drift();
    const from = await store.revision();
    const watch = await store.watch('/', from);
    expect(await restoreSnapshot(store, snapshot)).toEqual({ added: 2, modified: 1, deleted: 2 });
    expect(await content(store)).toEqual(before);
    const to = await store.revision();
    const events: string[] = [];
    for await (const { type, entry } of watch) {
      events.push(`${type} ${entry.object.metadata.name} ${entry.object.metadata.uid}`);
      if (entry.revision === to) break;
    }
    expect(events).toEqual([
      'DELETED new uid-new',
      'MODIFIED changed uid-changed',
      'DELETED replaced second',
      'ADDED replaced first',
      'ADDED gone uid-gone',
    ]);
    expect(to).toBe(from + events.length);
  });

  test('restoring what is there already writes nothing, the second time too', async () => {
    const snapshot = await takeSnapshot(store);
    await drift();
    await restoreSnapshot(store, snapshot);
    const revision = await store.revision();
    expect(await restoreSnapshot(store, snapshot)).toEqual({ added: 0, modified: 0, deleted: 0 });
    expect(await store.revision()).toBe(revision);
  });

  test('writes that were under way give way to the snapshot', async () => {
    const snapshot = await takeSnapshot(store);
    const before = await content(store);
    const entry = await store.get(key('same'));
    const racing = [store.update(key('same'), object('same', 'late'), entry?.revision ?? 0), store.create(key('late'), object('late'))];
    const restoring = restoreSnapshot(store, snapshot);
    await Promise.all(racing);
    await restoring;
    // What was committed after the store was looked at is taken back by a second look.
    await restoreSnapshot(store, snapshot);
    expect(await content(store)).toEqual(before);
  });

  test('what is kept stays, and what is adapted is written in its new form', async () => {
    const snapshot = await takeSnapshot(store);
    await drift();
    await restoreSnapshot(store, snapshot, {
      keep: (path, present) => path === key('changed') || present?.metadata.name === 'new',
      adapt: (wanted) => ({ object: wanted.metadata.name === 'gone' ? object('gone', 'adapted') : wanted }),
    });
    const data = Object.fromEntries((await content(store)).map((one) => [one.metadata.name, (one as unknown as { data: object }).data]));
    expect(data).toMatchObject({ changed: { data: 'after' }, gone: { data: 'adapted' }, new: {} });
  });

  test('what is made anew is removed and made, although it is the same', async () => {
    const snapshot = await takeSnapshot(store);
    const restored = await restoreSnapshot(store, snapshot, { adapt: (one) => ({ object: one, anew: one.metadata.name === 'same' }) });
    expect(restored).toEqual({ added: 1, modified: 0, deleted: 1 });
  });

  test('a fork starts with the same objects and bytes, and goes its own way', async () => {
    const snapshot = await takeSnapshot(store);
    const fork = createMemoryStore({ clock: virtualClock(), from: snapshot });
    expect((await fork.list('/')).entries).toEqual(snapshot.entries);
    expect((await fork.get(key('same')))?.json).toBe((await store.get(key('same')))?.json);
    await drift();
    expect(await fork.revision()).toBe(snapshot.revision);
    await fork.create(key('mine'), object('mine'));
    expect(await store.get(key('mine'))).toBeUndefined();
    await restoreSnapshot(fork, snapshot);
    expect(await content(fork)).toHaveLength(4);
    await fork.close();
  });
});
