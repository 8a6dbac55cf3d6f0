/** mulberry32: a small generator whose numbers in [0, 1) follow from the seed alone. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of them; there must be one. */
export function pick<T>(from: readonly [T, ...T[]], random: () => number): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

/** `count` of them without repetition, in the order in which they were given; the same seed draws the same ones. */
export function sample<T>(from: readonly T[], count: number, random: () => number): T[] {
  const left = from.map((_, index) => index);
  const drawn: number[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn.sort((a, b) => a - b).flatMap((index) => from.slice(index, index + 1));
}
