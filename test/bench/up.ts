import type { Bench } from './bench-cluster.ts';
import { bareNodes } from './floor.ts';
import { type Figures, figures, ratio, say, timed } from './measure.ts';

export interface UpReport {
  /** `bin/shoal up` of three nodes as a whole process, the image built before. */
  upMs: Figures;
  /** The same containers bare, see floor.ts. */
  floorMs: Figures;
  ratio: { median: number; min: number };
}

/** In turn, so that a slow minute of the machine meets both. */
export async function up(bench: Bench): Promise<UpReport> {
  const name = bench.clusterName('up');
  const [ups, floors]: [number[], number[]] = [[], []];
  await bench.shoal('down', name);
  // The first run after a new version fills the machine's caches; it does not count.
  for (let round = 0; round <= bench.rounds; round++) {
    const floor = await bareNodes(bench);
    await bench.context.images.node();
    const { ms } = await timed(() => bench.shoal('up', '--name', name));
    await bench.shoal('down', name);
    say(`up ${round === 0 ? 'warm-up' : `${round}/${bench.rounds}`}: ${Math.round(ms)} ms, floor ${Math.round(floor)} ms`);
    if (round === 0) continue;
    ups.push(ms);
    floors.push(floor);
  }
  const [upMs, floorMs] = [figures(ups), figures(floors)];
  return { upMs, floorMs, ratio: ratio(upMs, floorMs) };
}
