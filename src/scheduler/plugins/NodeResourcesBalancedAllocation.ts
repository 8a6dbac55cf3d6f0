import { maxNodeScore, type Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'NodeResourcesBalancedAllocation';
const { skip } = statusesOf(name);

/** Prefers nodes whose cpu and memory would be used to like degrees. Pods that request neither have no say. */
export const createNodeResourcesBalancedAllocation = (): Plugin => ({
  name,
  preScore: (_state, { requests }) => (requests.milliCPU === 0 && requests.memory === 0 ? skip : undefined),
  score(_state, { requests }, { requested, allocatable }) {
    if (allocatable.milliCPU === 0 || allocatable.memory === 0) return maxNodeScore;
    const cpu = Math.min(1, (requested.milliCPU + requests.milliCPU) / allocatable.milliCPU);
    const memory = Math.min(1, (requested.memory + requests.memory) / allocatable.memory);
    // Of two fractions the standard deviation is half their difference.
    return Math.trunc((1 - Math.abs(cpu - memory) / 2) * maxNodeScore);
  },
  sign: ({ requests }) => `${requests.milliCPU},${requests.memory}`,
});
