import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { type ControlPlane, startControlPlane } from '../../../src/roles/control-plane.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { itemsOf, readTimeline, stateAt } from '../../../src/timeline/read.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { createLogger } from '../../../src/util/log.ts';
import { networking } from '../../support/in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'shoal-timeline-'));
afterAll(() => rmSync(directory, { recursive: true }));
// It is stopped while controllers are at work, and they say so.
const log = createLogger('test', { write: () => undefined });

async function start(store = 'store.db'): Promise<ControlPlane> {
  return startControlPlane({
    store: await openSqliteStore(join(directory, store), { log }),
    clock: systemClock,
    log,
    networking,
    timeline: { path: join(directory, 'timeline.db') },
  });
}

const configMap = (name: string, value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { value },
});

test('history outlives the process, and goes on where it ended', async () => {
  const first = await start();
  const made = await first.client.create(kinds.ConfigMap, configMap('kept', 'one'));
  const { entries } = await readTimeline(first.client);
  const state = await stateAt(first.client, { revision: Number(made.metadata.resourceVersion) });
  await first.stop();

  const second = await start();
  expect((await readTimeline(second.client)).entries.slice(0, entries.length)).toEqual(entries);
  expect(await stateAt(second.client, { revision: state.revision })).toMatchObject({ lists: state.lists });
  await second.client.delete(kinds.ConfigMap, 'kept', 'default');
  const told = (await readTimeline(second.client, { object: 'cm/kept' })).entries;
  expect(told.map(({ reason }) => reason)).toEqual(['Created', 'Deleted']);
  expect(itemsOf(await stateAt(second.client, { at: '0s' }), kinds.ConfigMap).map(({ metadata }) => metadata.name)).not.toContain('kept');
  await second.stop();
});

test('another store gets a history of its own', async () => {
  const other = await start('other.db');
  const { entries } = await readTimeline(other.client, { object: 'cm/kept' });
  expect(entries).toEqual([]);
  await other.stop();
});
