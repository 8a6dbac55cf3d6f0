import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { type Answered, createAuthors } from './authors.ts';
import type { Change } from './change.ts';
import type { TimelineEntry } from './entry.ts';
import { type Journal, openJournal, type Page } from './journal.ts';
import { isIgnored } from './recorded.ts';
import { createRecorder, versionOf } from './recorder.ts';

export interface TimelineOptions {
  /** The journal's file; without one it is in memory and ends with the process. */
  path?: string;
  /** How much history is kept, in bytes, besides a copy of what exists now. Default 64 MiB in a file, 32 MiB in memory. */
  bytes?: number;
  clock: Clock;
  log: Logger;
  /** Whether the process has better to do for now than to write history; default: never. */
  busy?: () => boolean;
}

/** An object that exists when recording begins. */
export interface Present {
  key: string;
  revision: number;
  object: KubeObject;
}

/** What happened in a cluster, and the cluster as it was. */
export interface TimelineRecord {
  /** To be told of every answered request, for who wrote what. */
  answered(request: Answered): void;
  /** Begins, or goes on where an earlier process ended: history is kept where the present follows from it. */
  begin(present: readonly Present[], revision: number): void;
  /** Every write after `begin`'s revision, in order. */
  take(change: Change): void;
  /** The newest revision that was taken, kept or not. */
  readonly seen: number;
  /** The journal, with all in it that has been taken. */
  read(): Journal;
  /** Calls `listen` with new entries until the function that it returns is called. */
  follow(listen: (entries: readonly TimelineEntry[]) => void): () => void;
  close(): void;
}

const mebibyte = 1024 * 1024;

export function createTimeline({ path, bytes, clock, log, busy = () => false }: TimelineOptions): TimelineRecord {
  const limit = bytes ?? (path === undefined ? 32 : 64) * mebibyte;
  const journal = openJournal({ limit, ...(path === undefined ? {} : { path }) });
  const authors = createAuthors();
  let seen = 0;
  const listeners = new Set<(entries: readonly TimelineEntry[]) => void>();
  const recorder = createRecorder({
    journal,
    authors,
    clock,
    log,
    // Who follows wants to see things as they happen.
    busy: () => listeners.size === 0 && busy(),
    onEntries(entries) {
      if (entries.length > 0) for (const listen of [...listeners]) listen(entries);
    },
  });
  return {
    answered: authors.answered,
    begin(present, revision) {
      seen = revision;
      const moment = { revision, at: Math.max(clock.now(), journal.newest.at) };
      // A store that is behind its history is another one, or the same one put back: nothing here is true of it.
      const follows = journal.newest.revision > 0 && journal.newest.revision <= revision;
      if (!follows) journal.begin(moment);
      catchUp(journal, present, moment);
      recorder.know(present.map(({ object }) => object));
    },
    take(change) {
      seen = change.revision;
      recorder.take(change);
    },
    get seen() {
      return seen;
    },
    read() {
      recorder.flush();
      return journal;
    },
    follow(listen) {
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    close() {
      recorder.stop();
      journal.close();
    },
  };
}

/** What was written while nobody recorded is history too, though nobody can tell how it came about. */
function catchUp(journal: Journal, present: readonly Present[], moment: { revision: number; at: number }): void {
  const known = journal.live();
  const pages: Page[] = [];
  for (const { key, revision, object } of present) {
    if (isIgnored(key)) continue;
    if (known.get(key) !== revision) pages.push({ moment, version: versionOf({ type: 'ADDED', key, revision, object }), entries: [] });
    known.delete(key);
  }
  for (const key of known.keys()) pages.push({ moment, version: { key, revision: moment.revision, json: undefined }, entries: [] });
  journal.append(pages);
}
