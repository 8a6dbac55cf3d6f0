/**
 * An ordered set of strings that stays cheap at hundreds of thousands of keys: chunks of at most {@link chunkLimit} keys, so
 * that an insertion moves one chunk and never the whole set. Order is by UTF-16 code unit, which for Kubernetes' ASCII
 * names is etcd's byte order.
 */
export interface SortedKeys {
  add(key: string): void;
  delete(key: string): void;
  /** Keys greater than or equal to `start`, in order. The set must not change while iterating. */
  from(start: string): Iterable<string>;
  /** How many keys are at or above `start` and below `end`; costs the number of chunks, not of keys. */
  count(start: string, end: string): number;
}

const chunkLimit = 512;

/** Index of the first key in `chunk` that is not below `key`. */
function lowerBound(chunk: readonly string[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function createSortedKeys(): SortedKeys {
  const chunks: string[][] = [];

  /** Index of the chunk that holds `key` or would; the last one for a key above all. */
  const chunkFor = (key: string): number => {
    let low = 0;
    let high = chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = chunks[middle]?.at(-1) as string;
      if (last < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  function* from(start: string): Iterable<string> {
    for (let index = chunkFor(start); index < chunks.length; index++) {
      const chunk = chunks[index] as string[];
      for (let i = lowerBound(chunk, start); i < chunk.length; i++) yield chunk[i] as string;
    }
  }

  /** How many keys are below `key`, given per-chunk sums. */
  const rank = (key: string): number => {
    const index = chunkFor(key);
    let below = 0;
    for (let i = 0; i < index; i++) below += (chunks[i] as string[]).length;
    const chunk = chunks[index];
    return chunk === undefined ? 0 : below + lowerBound(chunk, key);
  };

  return {
    count: (start, end) => rank(end) - rank(start),
    add(key) {
      const index = chunkFor(key);
      const chunk = chunks[index];
      if (chunk === undefined) {
        chunks.push([key]);
        return;
      }
      const at = lowerBound(chunk, key);
      if (chunk[at] === key) return;
      chunk.splice(at, 0, key);
      if (chunk.length > chunkLimit) {
        // Keys often arrive in ascending order; a chunk that was appended to keeps its keys and the next starts empty.
        const cut = at === chunk.length - 1 && index === chunks.length - 1 ? chunkLimit : chunkLimit >> 1;
        chunks.splice(index + 1, 0, chunk.splice(cut));
      }
    },
    delete(key) {
      const index = chunkFor(key);
      const chunk = chunks[index];
      if (chunk === undefined) return;
      const at = lowerBound(chunk, key);
      if (chunk[at] !== key) return;
      chunk.splice(at, 1);
      if (chunk.length === 0) chunks.splice(index, 1);
    },
    from,
  };
}
