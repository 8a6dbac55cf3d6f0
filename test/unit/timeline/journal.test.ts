import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TimelineEntry } from '../../../src/timeline/entry.ts';
import { type Journal, openJournal, type Page } from '../../../src/timeline/journal.ts';

const entry = (id: number, revision: number): TimelineEntry => ({
  id,
  at: new Date(revision).toISOString(),
  revision,
  kind: 'write',
  object: { kind: 'ConfigMap', name: `c${id}` },
  reason: 'Created',
  what: 'created',
});
const page = (revision: number, key: string, json: string | undefined, id?: number): Page => ({
  moment: { revision, at: revision },
  version: { key, revision, json },
  entries: id === undefined ? [] : [entry(id, revision)],
});
const begun = (limit = 1_000_000): Journal => {
  const journal = openJournal({ limit });
  journal.begin({ revision: 10, at: 10 });
  return journal;
};
const state = (journal: Journal, revision: number) =>
  Object.fromEntries([...journal.stateAt(revision)].map(([resource, items]) => [resource, `[${Buffer.from(items)}]`]));
const all = { limit: 1000, matches: () => true };

test('every revision shows what there was, by resource and in the order of keys', () => {
  const journal = begun();
  journal.append([page(11, '/core/pods/a/y', '"y1"'), page(12, '/core/pods/a/x', '"x1"'), page(13, '/apps/deployments/a/d', '"d1"')]);
  journal.append([page(14, '/core/pods/a/y', '"y2"'), page(15, '/core/pods/a/x', undefined)]);
  expect(state(journal, 10)).toEqual({});
  expect(state(journal, 13)).toEqual({ pods: '["x1","y1"]', 'deployments.apps': '["d1"]' });
  expect(state(journal, 14)).toEqual({ pods: '["x1","y2"]', 'deployments.apps': '["d1"]' });
  expect(state(journal, 15)).toEqual({ pods: '["y2"]', 'deployments.apps': '["d1"]' });
  expect(journal.live()).toEqual(
    new Map([
      ['/core/pods/a/y', 14],
      ['/apps/deployments/a/d', 13],
    ]),
  );
});

test('a time falls into the last write up to it, and writes of one millisecond are one moment', () => {
  const journal = begun();
  const at = (revision: number, ms: number): Page => ({ moment: { revision, at: ms }, entries: [] });
  journal.append([at(11, 20), at(12, 20), at(13, 30)]);
  expect(journal.momentAt(9)).toBeUndefined();
  expect(journal.momentAt(19)?.revision).toBe(10);
  expect(journal.momentAt(20)?.revision).toBe(12);
  expect(journal.momentAt(99)?.revision).toBe(13);
  expect(journal.momentOf(11)).toEqual({ revision: 11, at: 20 });
  expect(journal.momentOf(9)).toBeUndefined();
});

test('the newest entries that match are read, oldest first', () => {
  const journal = begun();
  journal.append([1, 2, 3, 4].map((id) => page(10 + id, '/core/pods/a/x', `"${id}"`, id)));
  const ids = (query: object) => journal.entries({ ...all, ...query }).map(({ id }) => id);
  expect(ids({ limit: 2 })).toEqual([3, 4]);
  expect(ids({ after: 2 })).toEqual([3, 4]);
  expect(ids({ since: 12, until: 14 })).toEqual([2, 3]);
  expect(ids({ matches: ({ id }: TimelineEntry) => id % 2 === 0 })).toEqual([2, 4]);
});

test('history begins later when it gets too large, and what is left of it is whole', () => {
  const journal = begun(20_000);
  const body = JSON.stringify('x'.repeat(1000));
  journal.append([page(11, '/core/pods/a/still', '"still"')]);
  for (let revision = 12; revision < 112; revision++) journal.append([page(revision, '/core/pods/a/x', body, revision)]);
  const { oldest } = journal;
  expect(oldest.revision).toBeGreaterThan(80);
  expect(oldest.revision).toBeLessThan(105);
  for (let revision = oldest.revision; revision < 112; revision++) {
    expect(state(journal, revision)).toEqual({ pods: `["still",${body}]` });
  }
  expect(journal.momentOf(oldest.revision - 1)).toBeUndefined();
  expect(journal.entries(all)[0]?.revision).toBeGreaterThan(oldest.revision);
});

test('it survives being closed, goes on with its numbers, and a damaged file is made anew', () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-journal-'));
  try {
    const path = join(directory, 'timeline.db');
    const first = openJournal({ path, limit: 1000 });
    first.begin({ revision: 10, at: 10 });
    first.append([page(11, '/core/pods/a/x', '"x"', 7)]);
    first.close();
    const second = openJournal({ path, limit: 1000 });
    expect(second.newest).toEqual({ revision: 11, at: 11 });
    expect(second.nextId).toBe(8);
    expect(state(second, 11)).toEqual({ pods: '["x"]' });
    second.close();
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    writeFileSync(path, 'no database at all, but long enough to be taken for the header of one'.repeat(100));
    const third = openJournal({ path, limit: 1000 });
    expect(third.newest.revision).toBe(0);
    third.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
