import { createSortedKeys } from './sorted-keys.ts';
import { type Entry, type ListOptions, type ListResult, StoreError, type StoreEvent } from './store.ts';

/** The committed state of a store in memory: what every key holds, what it held, and the events between. */
export interface History {
  readonly revision: number;
  readonly compacted: number;
  /** How many events are retained, and how many bytes of JSON they hold on to. */
  readonly retained: { events: number; bytes: number };
  get(key: string): Entry | undefined;
  list(prefix: string, options?: ListOptions): ListResult;
  /** Puts an entry in place without an event: the initial state. */
  load(entry: Entry): void;
  /** Applies one event; its revision must be the next one. */
  apply(event: StoreEvent, at: number): void;
  /** Events after `from` for keys that start with `prefix`, in order; throws `compacted` or `future`. */
  since(prefix: string, from: number): StoreEvent[];
  /** Forgets history up to `revision`. */
  compact(revision: number): void;
  /** When the oldest retained event was applied. */
  oldest(): { revision: number; at: number } | undefined;
  /** The newest revision that is older than time `at`. */
  revisionBefore(at: number): number;
}

interface Version {
  revision: number;
  /** Undefined once deleted. */
  entry: Entry | undefined;
}

interface Logged {
  event: StoreEvent;
  at: number;
}

/** Sorts after every key that a prefix can be continued to. */
const aboveAll = '\u{ffff}';

/** The first two segments of a key or prefix: `/apps/deployments/`. */
const kindFolder = (path: string): string => path.slice(0, path.indexOf('/', path.indexOf('/', 1) + 1) + 1);
const isKindFolder = (prefix: string): boolean => kindFolder(prefix).length > 1;

/** @param start the revision of the initial state; nothing before it is known. */
export function createHistory(start: number): History {
  /** Keys that hold something now, and those that did at some retained revision. */
  const live = createSortedKeys();
  const known = createSortedKeys();
  /** The newest revision in each kind's folder: an old list of a kind that has not changed since is a list of now. */
  const changed = new Map<string, number>();
  /** Whole lists of the present state, by kind's folder and prefix: those who list again and again get the same array. */
  const lists = new Map<string, Map<string, Entry[]>>();
  /** Retained versions of each key, oldest first; the last one is the present. */
  const versions = new Map<string, Version[]>();
  // Every revision is one event, so the log needs no search: event r sits at head + r - compacted - 1.
  let log: Logged[] = [];
  let head = 0;
  let revision = start;
  let compacted = start;
  let bytes = 0;

  const logged = (at: number): Logged => log[head + at - compacted - 1] as Logged;
  const current = (key: string): Entry | undefined => versions.get(key)?.at(-1)?.entry;

  const entryAt = (key: string, at: number): Entry | undefined => {
    const past = versions.get(key) as Version[];
    for (let i = past.length - 1; i >= 0; i--) {
      const version = past[i] as Version;
      if (version.revision <= at) return version.entry;
    }
    return undefined;
  };

  const put = (key: string, version: Version): void => {
    const past = versions.get(key);
    if (past === undefined) {
      versions.set(key, [version]);
      known.add(key);
    } else {
      past.push(version);
    }
    if (version.entry === undefined) live.delete(key);
    else live.add(key);
    const folder = kindFolder(key);
    changed.set(folder, version.revision);
    lists.delete(folder);
  };

  const listNow = (prefix: string, start: string, after: string | undefined, limit: number): Omit<ListResult, 'revision'> => {
    if (start === prefix && limit === Number.POSITIVE_INFINITY && isKindFolder(prefix)) return { entries: listAll(prefix), remaining: 0 };
    const entries: Entry[] = [];
    let last = start;
    for (const key of live.from(start)) {
      if (entries.length >= limit || !key.startsWith(prefix)) break;
      if (key === after) continue;
      entries.push(current(key) as Entry);
      last = key;
    }
    if (entries.length < limit) return { entries, remaining: 0 };
    return { entries, remaining: Math.max(0, live.count(last, prefix + aboveAll) - 1) };
  };

  const listAll = (prefix: string): readonly Entry[] => {
    const folder = kindFolder(prefix);
    const known = lists.get(folder)?.get(prefix);
    if (known !== undefined) return known;
    const entries: Entry[] = [];
    for (const key of live.from(prefix)) {
      if (!key.startsWith(prefix)) break;
      entries.push(current(key) as Entry);
    }
    const siblings = lists.get(folder) ?? new Map<string, Entry[]>();
    lists.set(folder, siblings.set(prefix, entries));
    return entries;
  };

  const listThen = (at: number, prefix: string, start: string, after: string | undefined, limit: number): Omit<ListResult, 'revision'> => {
    const entries: Entry[] = [];
    let remaining = 0;
    for (const key of known.from(start)) {
      if (!key.startsWith(prefix)) break;
      const entry = key === after ? undefined : entryAt(key, at);
      if (entry === undefined) continue;
      if (entries.length < limit) entries.push(entry);
      else remaining++;
    }
    return { entries, remaining };
  };

  const check = (at: number): void => {
    if (at < compacted) throw new StoreError('compacted', `revision ${at} is no longer retained; the oldest is ${compacted}`, compacted);
    if (at > revision) throw new StoreError('future', `revision ${at} is ahead of the newest, ${revision}`, revision);
  };

  /** The event at `at` leaves the window: what its key held before can no longer be asked for. */
  const forget = ({ event }: Logged): void => {
    bytes -= event.entry.json.length;
    const { key } = event.entry;
    const past = versions.get(key);
    if (past === undefined) return;
    let drop = 0;
    while (drop < past.length && (past[drop] as Version).revision < event.entry.revision) drop++;
    if (past[drop]?.entry === undefined) drop++;
    if (drop >= past.length) {
      versions.delete(key);
      known.delete(key);
    } else {
      past.splice(0, drop);
    }
  };

  return {
    get revision() {
      return revision;
    },
    get compacted() {
      return compacted;
    },
    get retained() {
      return { events: log.length - head, bytes };
    },
    get: current,
    list(prefix, options = {}) {
      const at = options.revision ?? revision;
      check(at);
      const limit = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
      const { after } = options;
      const start = after !== undefined && after > prefix ? after : prefix;
      const unchanged = (changed.get(kindFolder(prefix)) ?? 0) <= at;
      const isNow = at === revision || (unchanged && isKindFolder(prefix));
      const found = isNow ? listNow(prefix, start, after, limit) : listThen(at, prefix, start, after, limit);
      return { ...found, revision: at };
    },
    load(entry) {
      put(entry.key, { revision: entry.revision, entry });
    },
    apply(event, at) {
      revision = event.entry.revision;
      put(event.entry.key, { revision, entry: event.type === 'DELETED' ? undefined : event.entry });
      log.push({ event, at });
      bytes += event.entry.json.length;
    },
    since(prefix, from) {
      check(from);
      const events: StoreEvent[] = [];
      for (let r = from + 1; r <= revision; r++) {
        const { event } = logged(r);
        if (event.entry.key.startsWith(prefix)) events.push(event);
      }
      return events;
    },
    compact(to) {
      if (to > revision) throw new StoreError('future', `revision ${to} is ahead of the newest, ${revision}`, revision);
      while (compacted < to) {
        forget(log[head] as Logged);
        head++;
        compacted++;
      }
      if (head > 1024 && head * 2 > log.length) {
        log = log.slice(head);
        head = 0;
      } else {
        // Keeps the forgotten events from being held by the array until it is cut.
        log.fill(undefined as unknown as Logged, 0, head);
      }
    },
    oldest() {
      return compacted === revision ? undefined : { revision: compacted + 1, at: logged(compacted + 1).at };
    },
    revisionBefore(at) {
      let r = compacted;
      while (r < revision && logged(r + 1).at < at) r++;
      return r;
    },
  };
}
