import type { Check } from '../check.ts';

export const leftovers: Check = {
  name: 'leftovers',
  async run({ docker }) {
    const remains = await docker.remains();
    if (remains.length === 0) return { state: 'ok', says: 'nothing is left of clusters that are gone' };
    return {
      state: 'warning',
      says: remains.map(({ cluster, what }) => `${what} of the cluster ${cluster}`).join('; '),
      next: `Remove them: ${[...new Set(remains.map(({ cluster }) => `\`shoal down ${cluster}\``))].join(', ')}.`,
      fix: {
        does: `remove what is left of ${remains.map(({ cluster }) => cluster).join(', ')}`,
        async run() {
          for (const one of remains) await one.remove();
        },
      },
    };
  },
};
