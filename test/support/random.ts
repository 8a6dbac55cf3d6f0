/** Random numbers that a seed repeats: every generated test prints its seed and can be run again with it. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** In [0, below). */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** The mulberry32 generator, over the seed's parts. */
export function randomOf(...seed: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const part of seed) state = Math.imul(state ^ part, 0x85ebca6b) ^ (state >>> 13);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(from) {
      if (from.length === 0) throw new TypeError('nothing to pick from');
      return from[below(from.length)] as (typeof from)[number];
    },
  };
}
