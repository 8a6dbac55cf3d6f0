/** Times of repeated runs, milliseconds. */
export interface Figures {
  min: number;
  median: number;
  max: number;
  runs: number;
}

export function figures(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => round(sorted[index] ?? Number.NaN);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 0 ? round(((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2) : at(Math.floor(middle));
  return { min: at(0), median, max: at(sorted.length - 1), runs: sorted.length };
}

/** How many times longer `a` takes than `b`: of the medians, and of the quickest runs, which the neighbours disturbed least. */
export const ratio = (a: Figures, b: Figures): { median: number; min: number } => ({
  median: round(a.median / b.median, 2),
  min: round(a.min / b.min, 2),
});

/** Wall time of `work`, milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const since = performance.now();
  const value = await work();
  return { ms: performance.now() - since, value };
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** For people who watch: standard output carries the results alone. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);
