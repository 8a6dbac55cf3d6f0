import { startOf, type Victims } from './victims.ts';

/** At least this share of the nodes, and this many, are tried before settling (upstream's `DefaultPreemptionArgs`). */
const minPercentage = 10;
const minAbsolute = 100;

export const candidatesWanted = (nodes: number): number =>
  Math.min(nodes, Math.max(minAbsolute, Math.trunc((nodes * minPercentage) / 100)));

/**
 * The least harm: fewest budget violations, then the lowest priority among the most important victims, the lowest sum of
 * priorities, the fewest victims, and the latest start of the most important ones; the first of what is still equal.
 */
export function leastHarm(candidates: readonly Victims[]): Victims | undefined {
  const measures: ((victims: Victims) => number)[] = [
    ({ violations }) => violations,
    ({ pods }) => pods[0]?.priority ?? Number.NEGATIVE_INFINITY,
    // Shifted so that one more victim of negative priority is not less harm.
    ({ pods }) => pods.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
    ({ pods }) => pods.length,
    ({ pods }) => -earliestStartOfMostImportant(pods),
  ];
  let best = candidates;
  for (const measure of measures) {
    if (best.length <= 1) break;
    const values = best.map(measure);
    const least = values.reduce((min, value) => Math.min(min, value), Number.POSITIVE_INFINITY);
    best = best.filter((_, i) => values[i] === least);
  }
  return best[0];
}

function earliestStartOfMostImportant(pods: Victims['pods']): number {
  const top = pods[0]?.priority;
  return pods.filter(({ priority }) => priority === top).reduce((min, pod) => Math.min(min, startOf(pod)), Number.MAX_SAFE_INTEGER);
}
