import { closeSync, fdatasync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import { systemClock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { createRevisionedStore, type RevisionedOptions } from './revisioned.ts';
import type { Entry, Store, StoreEvent } from './store.ts';

export interface SqliteOptions extends Partial<RevisionedOptions> {
  log: Logger;
}

const schema = `
  CREATE TABLE IF NOT EXISTS objects (key TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, json BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY CHECK (id = 0), revision INTEGER NOT NULL);
  INSERT OR IGNORE INTO line VALUES (0, 1);
`;

/**
 * Opens (or makes) the store in the file at `path`. The index is in memory; the file holds the present state and the
 * revision line, so history does not outlive the process: watches from before a restart get `compacted`.
 *
 * Durability: a transaction goes to the write-ahead log, and its writes are acknowledged once the log is on the disk. SQLite
 * would wait for that itself (`synchronous=FULL`) and the process with it; here the wait is a thread's of libuv, and requests
 * are answered meanwhile. `NORMAL` still orders the log before its checkpoints, and what a crash cuts short is rolled back
 * whole on the next open. The file is locked for the life of the store: a second server on the same file fails at once.
 */
export async function openSqliteStore(path: string, options: SqliteOptions): Promise<Store> {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;');
    database.exec(schema);
  } catch (error) {
    database.close();
    throw error;
  }
  const entries = readAll(database);
  const revision = Number(database.prepare('SELECT revision FROM line').get()?.['revision']);
  options.log.info(`opened ${path}: ${entries.length} objects at revision ${revision}`);
  // Open for as long as the database is: SQLite keeps the log's file and only ever starts it anew from its beginning.
  const wal = openSync(`${path}-wal`, 'r');
  const backend = {
    initial: { revision, entries },
    commit: committer(database),
    sync: () => flushed(wal),
    // Immediates run after the sockets of this turn have been read, so that one commit serves every request that came in.
    schedule: (flush: () => void) => void setImmediate(flush),
    close: () => {
      closeSync(wal);
      database.close();
    },
  };
  return createRevisionedStore(backend, { clock: systemClock, ...options });
}

const flushed = promisify(fdatasync);

function readAll(database: DatabaseSync): Entry[] {
  const entries: Entry[] = [];
  for (const row of database.prepare('SELECT key, revision, json FROM objects ORDER BY key').iterate()) {
    const bytes = row['json'] as Uint8Array;
    const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const object = JSON.parse(json.toString()) as KubeObject;
    entries.push({ key: String(row['key']), revision: Number(row['revision']), object, json });
  }
  return entries;
}

/** One transaction for a batch; only the last event of each key has to be written. */
function committer(database: DatabaseSync): (batch: readonly StoreEvent[]) => void {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const put = database.prepare(
    'INSERT INTO objects (key, revision, json) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, json = excluded.json',
  );
  const remove = database.prepare('DELETE FROM objects WHERE key = ?');
  const advance = database.prepare('UPDATE line SET revision = ?');
  const commit = database.prepare('COMMIT');
  return (batch) => {
    const last = new Map<string, StoreEvent>();
    for (const event of batch) last.set(event.entry.key, event);
    begin.run();
    try {
      for (const { type, entry } of last.values()) {
        if (type === 'DELETED') remove.run(entry.key);
        else put.run(entry.key, entry.revision, entry.json);
      }
      advance.run(batch.at(-1)?.entry.revision ?? 0);
      commit.run();
    } catch (error) {
      // A failed COMMIT (a full disk) may or may not have ended the transaction by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
}
