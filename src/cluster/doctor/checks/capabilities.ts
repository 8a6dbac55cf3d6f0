import type { Check } from '../check.ts';

/** What a node's own engine, pod network and mounts cannot do without. */
const needed = ['sys_admin', 'net_admin', 'net_raw', 'mknod', 'sys_chroot', 'setuid', 'setgid', 'chown', 'dac_override', 'sys_ptrace'];

export const capabilities: Check = {
  name: 'capabilities',
  async run({ engine, docker }) {
    if (engine.state !== 'running') return { state: 'unknown', says: 'no engine answers' };
    const given = await docker.capabilities();
    const missing = needed.filter((name) => !given.includes(name));
    if (missing.length === 0) return { state: 'ok', says: `the engine can give containers what nodes need (${given.length} capabilities)` };
    return {
      state: 'problem',
      says: `the engine cannot give containers ${missing.join(', ')}`,
      next: 'Run the engine with these: it is confined itself (rootless, or in a container). `shoal up --simulate` needs none of them.',
    };
  },
};
