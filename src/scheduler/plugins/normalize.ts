import { maxNodeScore } from '../framework/interface.ts';

/** Scales scores so that the largest becomes 100, or 0 when `reverse` (upstream's `DefaultNormalizeScore`). In place. */
export function normalizeByMaximum(scores: number[], reverse: boolean): void {
  const largest = scores.reduce((max, score) => Math.max(max, score), 0);
  for (let i = 0; i < scores.length; i++) {
    const scaled = largest === 0 ? 0 : Math.trunc((maxNodeScore * (scores[i] ?? 0)) / largest);
    scores[i] = reverse ? maxNodeScore - scaled : scaled;
  }
}
