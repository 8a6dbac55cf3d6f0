import type { Check } from '../check.ts';

export const cgroups: Check = {
  name: 'cgroups',
  async run({ engine, platform, read }) {
    if (engine.state !== 'running') return { state: 'unknown', says: 'no engine answers' };
    const version = engine.cgroupVersion;
    if (platform !== 'linux') return { state: 'ok', says: `cgroup v${version}, in the engine's own machine` };
    const offered = version === 2 ? (read('/sys/fs/cgroup/cgroup.controllers') ?? '').split(/\s+/) : enabled(read('/proc/cgroups') ?? '');
    const missing = ['cpu', 'memory', 'pids'].filter((name) => !offered.includes(name));
    if (missing.length === 0) return { state: 'ok', says: `cgroup v${version} with cpu, memory and pids` };
    return {
      state: 'warning',
      says: `cgroup v${version} without ${missing.join(', ')}: limits of these do not hold`,
      next: 'Enable the controllers at boot (cgroup_enable=memory) or delegate them to the engine.',
    };
  },
};

/** Lines of /proc/cgroups: name, hierarchy, number, enabled. */
const enabled = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter(([, , , on]) => on === '1')
    .map(([name = '']) => name);
