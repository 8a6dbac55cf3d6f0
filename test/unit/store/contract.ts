import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import type { RevisionedOptions } from '../../../src/store/revisioned.ts';
import { type Store, StoreError, type StoreEvent, type StoreWatch } from '../../../src/store/store.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';

export type OpenStore = (options: RevisionedOptions) => Promise<Store>;

export const object = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
});
const prefix = '/core/configmaps/';
const key = (name: string, namespace = 'default') => `${prefix}${namespace}/${name}`;

const code = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'done';
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
};

async function take(watch: StoreWatch, count: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  if (count === 0) return events;
  const iterator = watch[Symbol.asyncIterator]();
  while (events.length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    events.push(next.value);
  }
  return events;
}
const summary = (events: StoreEvent[]) => events.map(({ type, entry }) => `${type} ${entry.object.metadata.name} ${entry.revision}`);

/** What every store promises, run over each implementation. */
export function storeContract(name: string, open: OpenStore): void {
  describe(name, () => {
    let clock: VirtualClock;
    let store: Store;
    beforeEach(async () => {
      clock = virtualClock();
      store = await open({ clock, freeze: true, retainMs: 60_000, retainEvents: 50 });
    });
    afterEach(() => store.close());

    test('a created object comes back with its revision as resourceVersion, encoded', async () => {
      const entry = await store.create(key('a'), object('a'));
      expect(entry.object.metadata.resourceVersion).toBe(String(entry.revision));
      expect(JSON.parse(entry.json.toString())).toEqual(entry.object);
      expect(await store.get(key('a'))).toBe(entry);
      expect(await store.revision()).toBe(entry.revision);
    });

    test('the object that was passed in stays as it was', async () => {
      const given = object('a');
      await store.create(key('a'), given);
      expect(given.metadata.resourceVersion).toBeUndefined();
    });

    test('refusals', async () => {
      const a = await store.create(key('a'), object('a'));
      expect(await code(store.create(key('a'), object('a')))).toBe('exists');
      expect(await code(store.update(key('b'), object('b'), 1))).toBe('missing');
      expect(await code(store.delete(key('b'), 1))).toBe('missing');
      const b = await store.update(key('a'), object('a', { x: '1' }), a.revision);
      await expect(store.update(key('a'), object('a'), a.revision)).rejects.toMatchObject({ code: 'conflict', actual: b.revision });
      expect(await code(store.delete(key('a'), a.revision))).toBe('conflict');
      expect(await code(store.list(prefix, { revision: b.revision + 1 }))).toBe('future');
      expect(await code(store.watch(prefix, b.revision + 1))).toBe('future');
    });

    test('every write takes the next revision, refused ones none', async () => {
      const start = await store.revision();
      const a = await store.create(key('a'), object('a'));
      await code(store.create(key('a'), object('a')));
      const gone = await store.delete(key('a'), a.revision);
      const again = await store.create(key('a'), object('a'));
      expect([a.revision, gone.revision, again.revision]).toEqual([start + 1, start + 2, start + 3]);
      expect(gone.object.metadata.resourceVersion).toBe(String(gone.revision));
    });

    test('writes in one turn are judged in order of arrival', async () => {
      const results = await Promise.allSettled([
        store.create(key('a'), object('a', { by: 'first' })),
        store.create(key('a'), object('a', { by: 'second' })),
        store.create(key('b'), object('b')),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await store.get(key('a')))?.object.metadata.labels).toEqual({ by: 'first' });
      const { revision } = (await store.get(key('a'))) ?? { revision: 0 };
      const updates = await Promise.allSettled([1, 2, 3].map((n) => store.update(key('a'), object('a', { n: `${n}` }), revision)));
      expect(updates.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    });

    test('a read-modify-write loop under contention ends, with every increment counted', async () => {
      await store.create(key('n'), object('n', { n: '0' }));
      const increment = async (): Promise<void> => {
        for (;;) {
          const entry = await store.get(key('n'));
          const n = Number(entry?.object.metadata.labels?.['n']);
          if ((await code(store.update(key('n'), object('n', { n: `${n + 1}` }), entry?.revision ?? 0))) === 'done') return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      expect((await store.get(key('n')))?.object.metadata.labels).toEqual({ n: '20' });
    });

    test('lists keys of the prefix in order, and of no longer name', async () => {
      for (const [name, namespace] of [
        ['b', 'default'],
        ['a', 'default'],
        ['c', 'default-2'],
        ['d', 'a'],
      ] as const) {
        await store.create(key(name, namespace), object(name));
      }
      await store.create('/core/configmapsx/default/z', object('z'));
      const names = async (p: string) => (await store.list(p)).entries.map((entry) => entry.object.metadata.name);
      expect(await names(prefix)).toEqual(['d', 'c', 'a', 'b']);
      expect(await names(`${prefix}default/`)).toEqual(['a', 'b']);
      expect(await names('/core/secrets/')).toEqual([]);
    });

    test('pages are consistent at one revision while others write', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await store.create(key(name), object(name));
      const first = await store.list(prefix, { limit: 2 });
      expect(first.remaining).toBe(3);
      const c = await store.get(key('c'));
      await store.delete(key('c'), c?.revision ?? 0);
      await store.create(key('ca'), object('ca'));
      const second = await store.list(prefix, { limit: 2, after: key('b'), revision: first.revision });
      expect(second.entries.map((entry) => entry.key)).toEqual([key('c'), key('d')]);
      expect([second.remaining, second.revision]).toEqual([1, first.revision]);
      const third = await store.list(prefix, { limit: 2, after: key('d'), revision: first.revision });
      expect(third.entries.map((entry) => entry.key)).toEqual([key('e')]);
      expect(third.remaining).toBe(0);
    });

    test('an exactly full page has nothing remaining', async () => {
      for (const name of ['a', 'b']) await store.create(key(name), object(name));
      await store.create('/core/pods/default/p', object('p'));
      expect((await store.list(prefix, { limit: 2 })).remaining).toBe(0);
      expect((await store.list(prefix, { limit: 1 })).remaining).toBe(1);
    });

    test('a list in the past sees the object as it was', async () => {
      const a = await store.create(key('a'), object('a', { v: '1' }));
      const b = await store.update(key('a'), object('a', { v: '2' }), a.revision);
      const gone = await store.delete(key('a'), b.revision);
      const at = async (revision: number) => (await store.list(prefix, { revision })).entries.map((e) => e.object.metadata.labels?.['v']);
      expect([await at(a.revision - 1), await at(a.revision), await at(b.revision), await at(gone.revision)]).toEqual([
        [],
        ['1'],
        ['2'],
        [],
      ]);
    });

    test('a watch replays, then follows, in order and once', async () => {
      const start = await store.revision();
      const a = await store.create(key('a'), object('a'));
      const watch = await store.watch(prefix, start);
      const b = await store.update(key('a'), object('a', { x: '1' }), a.revision);
      await store.create('/core/pods/default/p', object('p'));
      await store.delete(key('a'), b.revision);
      const events = await take(watch, 3);
      expect(summary(events)).toEqual([`ADDED a ${start + 1}`, `MODIFIED a ${start + 2}`, `DELETED a ${start + 4}`]);
      expect(events.map(({ previous }) => previous?.revision)).toEqual([undefined, start + 1, start + 2]);
      watch.close();
      expect(await take(watch, 1)).toEqual([]);
    });

    test('watches of a namespace and of one key see only theirs', async () => {
      const start = await store.revision();
      const namespace = await store.watch(`${prefix}a/`, start);
      const one = await store.watch(key('y', 'a'), start);
      await store.create(key('x', 'a'), object('x'));
      await store.create(key('x', 'b'), object('other'));
      await store.create(key('y', 'a'), object('y'));
      expect((await take(namespace, 2)).map(({ entry }) => entry.key)).toEqual([key('x', 'a'), key('y', 'a')]);
      expect((await take(one, 1)).map(({ entry }) => entry.key)).toEqual([key('y', 'a')]);
    });

    test('a watch that waits is ended by close of the store', async () => {
      const watch = await store.watch(prefix, await store.revision());
      const pending = take(watch, 1);
      await store.close();
      expect(await pending).toEqual([]);
      expect(await code(store.get(key('a')))).toBe('closed');
    });

    test('compaction forgets history and keeps the present', async () => {
      const a = await store.create(key('a'), object('a', { v: '1' }));
      const b = await store.create(key('b'), object('b'));
      const gone = await store.delete(key('b'), b.revision);
      const a2 = await store.update(key('a'), object('a', { v: '2' }), a.revision);
      await store.compact(gone.revision);
      expect(await store.compactedRevision()).toBe(gone.revision);
      expect(await code(store.list(prefix, { revision: b.revision }))).toBe('compacted');
      expect(await code(store.watch(prefix, b.revision))).toBe('compacted');
      expect((await store.list(prefix, { revision: gone.revision })).entries.map((e) => e.object.metadata.labels)).toEqual([{ v: '1' }]);
      expect(summary(await take(await store.watch(prefix, gone.revision), 1))).toEqual([`MODIFIED a ${a2.revision}`]);
      expect(await code(store.compact(a2.revision + 1))).toBe('future');
    });

    test('history older than the window goes by itself', async () => {
      const a = await store.create(key('a'), object('a'));
      await clock.advance(40_000);
      const b = await store.create(key('b'), object('b'));
      await clock.advance(40_000);
      expect(await store.compactedRevision()).toBe(a.revision);
      await clock.advance(60_000);
      expect(await store.compactedRevision()).toBe(b.revision);
      expect((await store.list(prefix)).entries.length).toBe(2);
    });

    test('history is bounded in events too', async () => {
      for (let n = 0; n < 120; n++) await store.create(key(`n${n}`), object(`n${n}`));
      expect((await store.revision()) - (await store.compactedRevision())).toBeLessThanOrEqual(50);
      expect((await store.list(prefix)).entries.length).toBe(120);
    });

    test('random writes agree with a plain map', async () => {
      const model = new Map<string, number>();
      let seed = 7;
      const random = (below: number) => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((seed / 2_147_483_648) * below);
      };
      for (let step = 0; step < 1500; step++) {
        const name = key(`k${random(700)}`);
        const at = model.get(name);
        if (at === undefined) {
          const { revision } = await store.create(name, object('o'));
          model.set(name, revision);
        } else if (random(3) === 0) {
          await store.delete(name, at);
          model.delete(name);
        } else {
          model.set(name, (await store.update(name, object('o'), at)).revision);
        }
      }
      const { entries } = await store.list(prefix);
      expect(entries.map((e) => [e.key, e.revision])).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
      const paged: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await store.list(prefix, { limit: 37, after });
        paged.push(...page.entries.map((e) => e.key));
        after = page.entries.at(-1)?.key;
        expect(page.remaining).toBe(entries.length - paged.length);
        if (page.remaining === 0) break;
      }
      expect(paged).toEqual(entries.map((e) => e.key));
    });
  });
}
