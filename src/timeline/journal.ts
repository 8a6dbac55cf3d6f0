import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { resourceOf } from './change.ts';
import type { TimelineEntry } from './entry.ts';
import { statementsOf } from './journal-sql.ts';

/** What is kept of one write. */
export interface Version {
  key: string;
  revision: number;
  /** JSON; undefined for a deletion. */
  json: string | undefined;
}

/** A point on both lines: the revision, and when it was written in milliseconds since the epoch. */
export interface Moment {
  revision: number;
  at: number;
}

/** What one write leaves in the journal. */
export interface Page {
  moment: Moment;
  /** Absent where nothing new is to be kept. */
  version?: Version;
  entries: readonly TimelineEntry[];
}

/** Which entries are read; times in milliseconds. */
export interface EntryQuery {
  since?: number;
  until?: number;
  after?: number;
  limit: number;
  matches(entry: TimelineEntry): boolean;
}

/** Entries and the versions of every object, bounded by bytes; in a file or, without a path, in memory. */
export interface Journal {
  /** The last write that was seen; revision 0 when the journal is new. */
  readonly newest: Moment;
  /** Where history begins. */
  readonly oldest: Moment;
  readonly nextId: number;
  /** The newest revision of each object that exists, by key. */
  live(): Map<string, number>;
  /** Forgets everything: history begins at this moment. */
  begin(moment: Moment): void;
  /** Adds what happened, in order. */
  append(pages: readonly Page[]): void;
  /** Matching entries, oldest first; the newest `limit` of them. */
  entries(query: EntryQuery): TimelineEntry[];
  /** The moment of a revision, of the newest one for what comes after; undefined when it is not kept. */
  momentOf(revision: number): Moment | undefined;
  /** The moment that a time falls into; undefined when it is not kept. */
  momentAt(at: number): Moment | undefined;
  /** The objects that existed at a revision by resource: their JSON, ordered by key, with commas between. */
  stateAt(revision: number): Map<string, Uint8Array>;
  close(): void;
}

export interface JournalOptions {
  path?: string;
  /** Bytes of entries and of versions that are no longer the newest; what exists now is kept besides. */
  limit: number;
}

/** Opens (or makes) the journal. A file that is damaged is made anew: it is history, not state. */
export function openJournal(options: JournalOptions): Journal {
  const { path, limit } = options;
  try {
    return journalIn(new DatabaseSync(path ?? ':memory:'), limit);
  } catch (thrown) {
    if (path === undefined || !isDamaged(thrown)) throw thrown;
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return journalIn(new DatabaseSync(path), limit);
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const isDamaged = (thrown: unknown): boolean =>
  thrown instanceof Error && 'errcode' in thrown && (thrown.errcode === 11 || thrown.errcode === 26);

/** The death of what lives. */
const never = Number.MAX_SAFE_INTEGER;
const number = (value: unknown): number => Number(value ?? 0);

function journalIn(database: DatabaseSync, limit: number): Journal {
  const sql = statementsOf(database);
  const live = new Map<string, { id: number; revision: number; bytes: number }>();
  for (const row of sql.alive.iterate(never)) {
    live.set(String(row['key']), { id: number(row['id']), revision: number(row['born']), bytes: number(row['bytes']) });
  }
  let bytes = number(sql.pastBytes.get(never)?.['n']) + number(sql.entryBytes.get(0)?.['n']);
  let nextId = number(sql.lastEntry.get()?.['n']) + 1;
  let nextVersion = number(sql.lastVersion.get()?.['n']) + 1;
  const momentIn = (row: Record<string, unknown> | undefined): Moment => ({ revision: number(row?.['revision']), at: number(row?.['at']) });
  let oldest = momentIn(sql.firstMoment.get());
  let newest = momentIn(sql.lastMoment.get());

  const put = ({ key, revision, json }: Version): void => {
    const before = live.get(key);
    if (before !== undefined) {
      sql.bury.run(revision, before.id);
      bytes += before.bytes;
      live.delete(key);
    }
    if (json === undefined) return;
    const id = nextVersion++;
    sql.addVersion.run(id, revision, never, json.length, resourceOf(key), key);
    sql.addBody.run(id, json);
    live.set(key, { id, revision, bytes: json.length });
  };

  const write = ({ moment, version, entries }: Page): void => {
    if (version !== undefined) put(version);
    for (const entry of entries) {
      const json = JSON.stringify(entry);
      sql.addEntry.run(entry.id, entry.revision, moment.at, json);
      bytes += json.length;
      nextId = entry.id + 1;
    }
    // Writes of one millisecond share a moment: the last of them.
    if (moment.at === newest.at) sql.moveMoment.run(moment.revision, newest.revision);
    else sql.addMoment.run(moment.revision, moment.at);
    newest = moment;
  };

  /** Lets history begin later. A quarter of it goes at once, so that this is rare. */
  const trim = (): void => {
    let excess = bytes - limit * 0.75;
    for (const row of sql.byAge.iterate(never)) {
      excess -= number(row['bytes']);
      oldest = momentIn(row);
      if (excess <= 0) break;
    }
    sql.dropBodies.run(oldest.revision);
    sql.dropVersions.run(oldest.revision);
    sql.dropEntries.run(oldest.revision);
    sql.dropMoments.run(oldest.revision);
    bytes = number(sql.pastBytes.get(never)?.['n']) + number(sql.entryBytes.get(0)?.['n']);
    oldest = momentIn(sql.firstMoment.get());
  };

  return {
    get newest() {
      return newest;
    },
    get oldest() {
      return oldest;
    },
    get nextId() {
      return nextId;
    },
    live: () => new Map([...live].map(([key, { revision }]) => [key, revision])),
    begin(moment) {
      sql.clear();
      live.clear();
      bytes = 0;
      oldest = moment;
      newest = moment;
      sql.addMoment.run(moment.revision, moment.at);
    },
    append(pages) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const page of pages) write(page);
        if (bytes > limit) trim();
        database.exec('COMMIT');
      } catch (thrown) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw thrown;
      }
    },
    entries({ since = 0, until = never, after = 0, limit: most, matches }) {
      const found: TimelineEntry[] = [];
      for (const row of sql.entries.iterate(after, since, until)) {
        if (found.length >= most) break;
        const entry = JSON.parse(String(row['json'])) as TimelineEntry;
        if (matches(entry)) found.push(entry);
      }
      return found.reverse();
    },
    momentOf(revision) {
      if (revision < oldest.revision) return undefined;
      return { revision, at: revision >= newest.revision ? newest.at : momentIn(sql.momentFrom.get(revision)).at };
    },
    momentAt(at) {
      const row = at < oldest.at ? undefined : sql.momentAt.get(at);
      return row === undefined ? undefined : { revision: number(row['revision']), at };
    },
    stateAt(revision) {
      const lists = new Map<string, Uint8Array>();
      for (const row of sql.state.iterate(revision, revision)) {
        lists.set(String(row['resource']), row['items'] as Uint8Array);
      }
      return lists;
    },
    close: () => database.close(),
  };
}
