/** A binary heap of items with keys, from which any item can be taken. */
export interface Heap<T> {
  /** Adds, or moves an item of the same key to its new place. */
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
  get(key: string): T | undefined;
  delete(key: string): T | undefined;
  values(): readonly T[];
  readonly size: number;
}

export function createHeap<T>(keyOf: (item: T) => string, less: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const places = new Map<string, number>();

  const put = (item: T, place: number): void => {
    items[place] = item;
    places.set(keyOf(item), place);
  };
  const up = (item: T, from: number): number => {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = items[parent] as T;
      if (!less(item, above)) break;
      put(above, place);
      place = parent;
    }
    put(item, place);
    return place;
  };
  const down = (item: T, from: number): void => {
    let place = from;
    for (let child = 2 * place + 1; child < items.length; child = 2 * place + 1) {
      if (child + 1 < items.length && less(items[child + 1] as T, items[child] as T)) child++;
      const below = items[child] as T;
      if (!less(below, item)) break;
      put(below, place);
      place = child;
    }
    put(item, place);
  };
  const remove = (key: string): T | undefined => {
    const place = places.get(key);
    if (place === undefined) return undefined;
    const item = items[place] as T;
    places.delete(key);
    const last = items.pop() as T;
    if (place < items.length) {
      if (up(last, place) === place) down(last, place);
    }
    return item;
  };
  return {
    push(item) {
      remove(keyOf(item));
      items.push(item);
      up(item, items.length - 1);
    },
    peek: () => items[0],
    pop: () => (items.length === 0 ? undefined : remove(keyOf(items[0] as T))),
    get(key) {
      const place = places.get(key);
      return place === undefined ? undefined : items[place];
    },
    delete: remove,
    values: () => items,
    get size() {
      return items.length;
    },
  };
}
