import type { Check } from '../check.ts';

export const engine: Check = {
  name: 'engine',
  async run(machine) {
    const found = machine.engine;
    if (found.state === 'running') return { state: 'ok', says: `Docker ${found.version} answers at ${found.host}` };
    if (found.state === 'missing') {
      const next = 'Install Docker, or `shoal engine install` on Debian as root. Without one, `shoal up --simulate` works.';
      return { state: 'problem', says: found.detail, next };
    }
    return {
      state: 'problem',
      says: found.detail,
      next: 'Start it: `shoal engine start`.',
      ...(machine.root ? { fix: { does: 'start the Docker engine', run: machine.startEngine } } : {}),
    };
  },
};
