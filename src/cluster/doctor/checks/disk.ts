import type { Check } from '../check.ts';

const gibibyte = 1024 ** 3;
/** The images take about 1 GiB, and a node's own engine begins to fail when it can unpack nothing more. */
const least = 3 * gibibyte;

export const disk: Check = {
  name: 'disk',
  async run({ engine, docker, freeBytes }) {
    if (engine.state !== 'running') return { state: 'unknown', says: 'no engine answers' };
    const root = await docker.dataRoot();
    const free = root === undefined ? undefined : await freeBytes(root);
    if (root === undefined || free === undefined) return { state: 'unknown', says: "the engine's disk is not this machine's" };
    const text = `${(free / gibibyte).toFixed(1)} GiB free in ${root}`;
    if (free >= least) return { state: 'ok', says: text };
    return {
      state: 'problem',
      says: text,
      next: 'Free space: `docker system df` shows what takes it, `docker image prune` removes unused images.',
    };
  },
};
