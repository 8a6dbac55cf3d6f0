import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Another number makes an older file start anew. */
const format = 1;

/**
 * Bodies lie apart, so that finding the versions of a moment reads no objects. A version lives from `born` to `died`, the
 * revision of the next one. Moments say when revisions were written, the last one of each millisecond.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS versions (id INTEGER PRIMARY KEY, born INTEGER NOT NULL, died INTEGER NOT NULL,
    bytes INTEGER NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS moments (revision INTEGER PRIMARY KEY, at INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS moments_at ON moments (at);
`;

const statements = {
  alive: 'SELECT id, born, bytes, key FROM versions WHERE died = ?',
  addVersion: 'INSERT INTO versions (id, born, died, bytes, resource, key) VALUES (?, ?, ?, ?, ?, ?)',
  addBody: 'INSERT INTO bodies (id, json) VALUES (?, ?)',
  bury: 'UPDATE versions SET died = ? WHERE id = ?',
  addEntry: 'INSERT INTO entries (id, revision, at, json) VALUES (?, ?, ?, ?)',
  addMoment: 'INSERT OR REPLACE INTO moments (revision, at) VALUES (?, ?)',
  moveMoment: 'UPDATE moments SET revision = ? WHERE revision = ?',
  firstMoment: 'SELECT revision, at FROM moments ORDER BY revision LIMIT 1',
  lastMoment: 'SELECT revision, at FROM moments ORDER BY revision DESC LIMIT 1',
  momentAt: 'SELECT revision FROM moments WHERE at <= ? ORDER BY at DESC LIMIT 1',
  momentFrom: 'SELECT revision, at FROM moments WHERE revision >= ? ORDER BY revision LIMIT 1',
  lastEntry: 'SELECT max(id) AS n FROM entries',
  lastVersion: 'SELECT max(id) AS n FROM versions',
  pastBytes: 'SELECT sum(bytes) AS n FROM versions WHERE died < ?',
  entryBytes: 'SELECT sum(length(json)) AS n FROM entries WHERE revision > ?',
  byAge:
    'SELECT died AS revision, bytes FROM versions WHERE died < ? UNION ALL SELECT revision, length(json) FROM entries ORDER BY revision',
  dropBodies: 'DELETE FROM bodies WHERE id IN (SELECT id FROM versions WHERE died <= ?)',
  dropVersions: 'DELETE FROM versions WHERE died <= ?',
  dropEntries: 'DELETE FROM entries WHERE revision <= ?',
  dropMoments: 'DELETE FROM moments WHERE revision < ?',
  entries: 'SELECT json FROM entries WHERE id > ? AND at >= ? AND at < ? ORDER BY id DESC',
  // Only ids are sorted; the bodies are strung together as they lie, and never become text of the program's.
  state: `SELECT resource, CAST(group_concat((SELECT json FROM bodies WHERE bodies.id = alive.id), ',') AS BLOB) AS items
    FROM (SELECT id, resource FROM versions WHERE born <= ? AND died > ? ORDER BY resource, key) AS alive GROUP BY resource`,
} as const;

export type JournalStatements = Record<keyof typeof statements, StatementSync> & { clear(): void };

/** Makes the tables where they are missing, and what is asked of them. Closes the database when it cannot. */
export function statementsOf(database: DatabaseSync): JournalStatements {
  try {
    database.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;');
    const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (found !== format) {
      for (const table of ['versions', 'bodies', 'entries', 'moments']) database.exec(`DROP TABLE IF EXISTS ${table}`);
    }
    database.exec(`${schema} PRAGMA user_version=${format};`);
    const prepared = Object.entries(statements).map(([name, text]) => [name, database.prepare(text)]);
    return {
      ...(Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>),
      clear: () => database.exec('DELETE FROM versions; DELETE FROM bodies; DELETE FROM entries; DELETE FROM moments;'),
    };
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}
