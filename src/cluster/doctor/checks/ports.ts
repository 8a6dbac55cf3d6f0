import { firstPorts } from '../../ports.ts';
import type { Check } from '../check.ts';

/** No trouble, since `up` takes the next ones; but it is why a URL has another port than the documentation's. */
export const ports: Check = {
  name: 'ports',
  async run({ isPortFree }) {
    const wanted = Object.values(firstPorts);
    const free = await Promise.all(wanted.map(isPortFree));
    const taken = wanted.filter((_, at) => free[at] === false);
    if (taken.length === 0) return { state: 'ok', says: `ports ${wanted.join(' and ')} are free` };
    return { state: 'ok', says: `port ${taken.join(' and ')} in use: the next cluster takes the next free one` };
  },
};
