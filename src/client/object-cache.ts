import { type KubeObject, keyOf } from '../api/object.ts';

/** Objects by key, by namespace and by declared indexes. Insertion order is kept within each. */
export interface ObjectCache<T extends KubeObject> {
  get(key: string): T | undefined;
  list(namespace?: string): T[];
  byIndex(index: string, value: string): T[];
  addIndex(index: string, values: (object: T) => readonly string[]): void;
  keys(): Iterable<string>;
  set(object: T): void;
  delete(key: string): void;
  readonly size: number;
}

type Index<T> = { values: (object: T) => readonly string[]; filed: Map<string, Map<string, T>> };

export function createObjectCache<T extends KubeObject>(): ObjectCache<T> {
  const objects = new Map<string, T>();
  const indexes = new Map<string, Index<T>>();
  const byNamespace: Index<T> = { values: (object) => [object.metadata.namespace ?? ''], filed: new Map() };
  const allIndexes = (): Index<T>[] => [byNamespace, ...indexes.values()];

  const file = (index: Index<T>, key: string, object: T): void => {
    for (const value of index.values(object)) {
      const bucket = index.filed.get(value) ?? new Map<string, T>();
      bucket.set(key, object);
      index.filed.set(value, bucket);
    }
  };
  const unfile = (index: Index<T>, key: string, object: T): void => {
    for (const value of index.values(object)) {
      const bucket = index.filed.get(value);
      bucket?.delete(key);
      if (bucket?.size === 0) index.filed.delete(value);
    }
  };
  const remove = (key: string): void => {
    const old = objects.get(key);
    if (old === undefined) return;
    for (const index of allIndexes()) unfile(index, key, old);
    objects.delete(key);
  };
  return {
    get: (key) => objects.get(key),
    list: (namespace) => [...(namespace === undefined ? objects : (byNamespace.filed.get(namespace) ?? new Map<string, T>())).values()],
    byIndex(name, value) {
      const index = indexes.get(name);
      if (index === undefined) throw new Error(`no index named ${name}`);
      return [...(index.filed.get(value)?.values() ?? [])];
    },
    addIndex(name, values) {
      if (indexes.has(name)) return;
      const index: Index<T> = { values, filed: new Map() };
      for (const [key, object] of objects) file(index, key, object);
      indexes.set(name, index);
    },
    keys: () => objects.keys(),
    set(object) {
      const key = keyOf(object);
      const old = objects.get(key);
      for (const index of allIndexes()) {
        if (old !== undefined) unfile(index, key, old);
        file(index, key, object);
      }
      objects.set(key, object);
    },
    delete: remove,
    get size() {
      return objects.size;
    },
  };
}
