/** A set of small integers with room for `size`, taken at random or by number. */
export interface Bitmap {
  has(offset: number): boolean;
  /** False when it was taken already. */
  take(offset: number): boolean;
  release(offset: number): void;
  /** Takes a free one at or above `reserved` by preference, below it when that part is full; undefined when all are taken. */
  takeNext(random: () => number): number | undefined;
}

/**
 * Upstream splits each range in two: the lower part is kept for numbers that users choose, and only used for automatic
 * choices when the upper part is full (KEP-3070, KEP-3668). `reserved` is where the upper part starts.
 */
export function createBitmap(size: number, reserved: number): Bitmap {
  const taken = new Set<number>();
  const search = (from: number, to: number, random: () => number): number | undefined => {
    const count = to - from;
    if (count <= 0) return undefined;
    const start = Math.floor(random() * count);
    for (let step = 0; step < count; step++) {
      const offset = from + ((start + step) % count);
      if (!taken.has(offset)) return offset;
    }
    return undefined;
  };
  return {
    has: (offset) => taken.has(offset),
    take(offset) {
      if (taken.has(offset)) return false;
      taken.add(offset);
      return true;
    },
    release: (offset) => void taken.delete(offset),
    takeNext(random) {
      const found = search(reserved, size, random) ?? search(0, reserved, random);
      if (found !== undefined) taken.add(found);
      return found;
    },
  };
}

/** Where the upper part starts in a service network (upstream: calculateRangeOffset). */
export const addressReserve = (size: number): number => (size < 16 ? 0 : Math.max(16, Math.min(Math.floor(size / 16), 256)));

/** The same for node ports (upstream: portallocator's calculateRangeOffset). */
export const portReserve = (size: number): number => (size < 16 ? 0 : Math.max(16, Math.min(Math.floor(size / 32), 128)));
