import { StoreError, type StoreEvent, type StoreWatch } from './store.ts';

/** Hands events to the watches whose prefix their key has. */
export interface Watchers {
  /** A watch that first gets `replay`, then everything published from now on. */
  open(prefix: string, replay: readonly StoreEvent[]): StoreWatch;
  publish(event: StoreEvent): void;
  closeAll(): void;
}

/** A watch that lags this many events behind is ended with `compacted`: its reader has to list again, as upstream's slow watchers do. */
const backlogLimit = 200_000;

interface Watcher {
  prefix: string;
  push(event: StoreEvent): void;
  close(): void;
}

/** The part of a key or prefix up to its last slash: watches are filed under it, so an event looks only at its own path. */
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

export function createWatchers(): Watchers {
  const folders = new Map<string, Set<Watcher>>();

  const remove = (watcher: Watcher): void => {
    const folder = folderOf(watcher.prefix);
    const members = folders.get(folder);
    members?.delete(watcher);
    if (members?.size === 0) folders.delete(folder);
  };

  const open = (prefix: string, replay: readonly StoreEvent[]): StoreWatch => {
    let queue: StoreEvent[] = replay.filter((event) => event.entry.key.startsWith(prefix));
    let head = 0;
    let closed = false;
    let failure: StoreError | undefined;
    let waiting: PromiseWithResolvers<IteratorResult<StoreEvent, undefined>> | undefined;

    const finish = (): void => {
      closed = true;
      remove(watcher);
      waiting?.resolve({ done: true, value: undefined });
      waiting = undefined;
    };
    const watcher: Watcher = {
      prefix,
      push(event) {
        if (waiting !== undefined) {
          waiting.resolve({ done: false, value: event });
          waiting = undefined;
        } else if (queue.length - head >= backlogLimit) {
          failure = new StoreError('compacted', `the watch fell ${backlogLimit} events behind`);
          queue = [];
          head = 0;
          finish();
        } else {
          queue.push(event);
        }
      },
      close: finish,
    };
    const folder = folderOf(prefix);
    const members = folders.get(folder) ?? new Set();
    members.add(watcher);
    folders.set(folder, members);

    const next = (): Promise<IteratorResult<StoreEvent, undefined>> => {
      const event = queue[head];
      if (event !== undefined) {
        head++;
        if (head === queue.length) {
          queue = [];
          head = 0;
        }
        return Promise.resolve({ done: false, value: event });
      }
      if (failure !== undefined) return Promise.reject(failure);
      if (closed) return Promise.resolve({ done: true, value: undefined });
      waiting ??= Promise.withResolvers();
      return waiting.promise;
    };
    return {
      close() {
        queue = [];
        head = 0;
        if (!closed) finish();
      },
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          queue = [];
          head = 0;
          if (!closed) finish();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  };

  return {
    open,
    publish(event) {
      const { key } = event.entry;
      for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
        const members = folders.get(key.slice(0, slash + 1));
        if (members === undefined) continue;
        for (const watcher of members) if (key.startsWith(watcher.prefix)) watcher.push(event);
      }
    },
    closeAll() {
      for (const members of [...folders.values()]) for (const watcher of [...members]) watcher.close();
    },
  };
}
