import { StoreError, type StoreEvent, type StoreWatch } from './store.ts';

/** Hands events to the watches whose prefix their key has. */
export interface Watchers {
  /** A watch that first gets `replay`, then everything published from now on, each as `select` makes it. */
  open<T>(prefix: string, replay: readonly StoreEvent[], select: (event: StoreEvent) => T | undefined): StoreWatch<T>;
  publish(event: StoreEvent): void;
  closeAll(): void;
}

/** A watch that lags this many events behind is ended with `compacted`: its reader has to list again, as upstream's slow watchers do. */
const backlogLimit = 200_000;

interface Watcher {
  prefix: string;
  take(event: StoreEvent): void;
  close(): void;
}

/** The part of a key or prefix up to its last slash: watches are filed under it, so an event looks only at its own path. */
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** @param revision the newest one that was published. */
export function createWatchers(revision: () => number): Watchers {
  const folders = new Map<string, Set<Watcher>>();

  const remove = (watcher: Watcher): void => {
    const folder = folderOf(watcher.prefix);
    const members = folders.get(folder);
    members?.delete(watcher);
    if (members?.size === 0) folders.delete(folder);
  };

  const open = <T>(prefix: string, replay: readonly StoreEvent[], select: (event: StoreEvent) => T | undefined): StoreWatch<T> => {
    let queue: T[] = [];
    let head = 0;
    let closed = false;
    let failure: StoreError | undefined;
    let waiting: PromiseWithResolvers<IteratorResult<T, undefined>> | undefined;

    const finish = (): void => {
      closed = true;
      remove(watcher);
      waiting?.resolve({ done: true, value: undefined });
      waiting = undefined;
    };
    const push = (value: T): void => {
      if (closed) return;
      if (waiting !== undefined) {
        waiting.resolve({ done: false, value });
        waiting = undefined;
      } else if (queue.length - head >= backlogLimit) {
        failure = new StoreError('compacted', `the watch fell ${backlogLimit} events behind`);
        drop();
        finish();
      } else {
        queue.push(value);
      }
    };
    const take = (event: StoreEvent): void => {
      const value = event.entry.key.startsWith(prefix) ? select(event) : undefined;
      if (value !== undefined) push(value);
    };
    const drop = (): void => {
      queue = [];
      head = 0;
    };
    const close = (): void => {
      drop();
      failure = undefined;
      if (!closed) finish();
    };
    const watcher: Watcher = { prefix, take, close: finish };
    for (const event of replay) take(event);
    const folder = folderOf(prefix);
    const members = folders.get(folder) ?? new Set();
    members.add(watcher);
    folders.set(folder, members);

    const next = (): Promise<IteratorResult<T, undefined>> => {
      if (head < queue.length) {
        const value = queue[head] as T;
        head++;
        if (head === queue.length) drop();
        return Promise.resolve({ done: false, value });
      }
      if (failure !== undefined) return Promise.reject(failure);
      if (closed) return Promise.resolve({ done: true, value: undefined });
      waiting ??= Promise.withResolvers();
      return waiting.promise;
    };
    return {
      mark: (make) => push(make(revision())),
      close,
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          close();
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
        for (const watcher of members) watcher.take(event);
      }
    },
    closeAll() {
      for (const members of [...folders.values()]) for (const watcher of [...members]) watcher.close();
    },
  };
}
