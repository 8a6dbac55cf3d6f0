import type { Bench } from './bench-cluster.ts';
import { type Figures, figures, say, timed } from './measure.ts';

export interface LifecycleReport {
  /** Each a whole process of `bin/shoal`. */
  downMs: Figures;
  stopMs: Figures;
  startMs: Figures;
  nodeAddMs: Figures;
  nodeRemoveMs: Figures;
}

/** What is done to a cluster of three nodes after `up`. */
export async function lifecycle(bench: Bench): Promise<LifecycleReport> {
  const name = bench.clusterName('life');
  const times = { stop: [] as number[], start: [] as number[], add: [] as number[], remove: [] as number[], down: [] as number[] };
  await bench.shoal('down', name);
  for (let round = 1; round <= bench.rounds; round++) {
    const run = async (into: number[], ...args: string[]): Promise<void> => void into.push((await timed(() => bench.shoal(...args))).ms);
    await bench.context.images.node();
    await bench.shoal('up', '--name', name);
    await run(times.add, 'node', 'add', '--cluster', name);
    await run(times.remove, 'node', 'remove', `${name}-worker3`, '--cluster', name);
    await run(times.stop, 'stop', name);
    await run(times.start, 'start', name);
    await run(times.down, 'down', name);
    say(
      `lifecycle ${round}/${bench.rounds}: ${Object.entries(times)
        .map(([what, list]) => `${what} ${Math.round(list.at(-1) ?? 0)} ms`)
        .join(', ')}`,
    );
  }
  return {
    downMs: figures(times.down),
    stopMs: figures(times.stop),
    startMs: figures(times.start),
    nodeAddMs: figures(times.add),
    nodeRemoveMs: figures(times.remove),
  };
}
