import type { Check } from '../check.ts';

export const kubectl: Check = {
  name: 'kubectl',
  async run({ output }) {
    const text = await output('kubectl', ['version', '--client', '-o', 'json']);
    const version = /"gitVersion":\s*"v([^"]+)"/.exec(text ?? '')?.[1];
    if (version === undefined) {
      const next = 'Install it as https://kubernetes.io/docs/tasks/tools/ says; Shoal itself works without.';
      return { state: 'warning', says: 'kubectl is not on the PATH', next };
    }
    const minor = Number(version.split('.')[1]);
    if (minor >= oldest) return { state: 'ok', says: `kubectl ${version}` };
    return {
      state: 'warning',
      says: `kubectl ${version} is older than 1.${oldest}`,
      next: 'Install a newer one; these clusters are of version 1.36.',
    };
  },
};

const oldest = 32;
