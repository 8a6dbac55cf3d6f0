import { describe, expect, test } from 'vitest';
import type { Check, Machine } from '../../../src/cluster/doctor/check.ts';
import { checks, diagnose } from '../../../src/cluster/doctor/doctor.ts';

const gibibyte = 1024 ** 3;

/** A machine on which everything is well. */
function machine(changes: Partial<Machine> = {}, docker: Partial<Machine['docker']> = {}): Machine {
  const files: Record<string, string> = {
    '/proc/sys/fs/inotify/max_user_instances': '1024\n',
    '/proc/sys/fs/inotify/max_user_watches': '1048576\n',
    '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
  };
  return {
    platform: 'linux',
    root: true,
    env: {},
    read: (path) => files[path],
    write: () => undefined,
    output: async () => '{"clientVersion":{"gitVersion":"v1.36.3"}}',
    freeBytes: async () => 50 * gibibyte,
    addresses: async () => ['127.0.0.1'],
    isPortFree: async () => true,
    engine: {
      state: 'running',
      host: 'unix:///var/run/docker.sock',
      source: 'the default socket',
      version: '28.0.0',
      apiVersion: '1.48',
      operatingSystem: 'Debian',
      cgroupVersion: 2,
    },
    startEngine: async () => undefined,
    docker: {
      dataRoot: async () => '/var/lib/docker',
      capabilities: async () => 'sys_admin net_admin net_raw mknod sys_chroot setuid setgid chown dac_override sys_ptrace'.split(' '),
      remains: async () => [],
      staleImages: async () => [],
      removeImage: async () => undefined,
      ...docker,
    },
    ...changes,
  };
}

const stateOf = async (name: string, on: Machine): Promise<string> =>
  (await diagnose(on)).find(({ check }) => check === name)?.state ?? 'missing';

describe('doctor', () => {
  test('finds nothing on a machine that is well', async () => {
    expect((await diagnose(machine())).map(({ check, state }) => [check, state])).toEqual(checks.map(({ name }) => [name, 'ok']));
  });

  const rows: [check: string, state: string, machine: Machine][] = [
    ['engine', 'problem', machine({ engine: { state: 'stopped', detail: 'refused' } })],
    ['engine', 'problem', machine({ engine: { state: 'missing', detail: 'none' } })],
    ['disk', 'unknown', machine({ engine: { state: 'missing', detail: 'none' } })],
    ['capabilities', 'problem', machine({}, { capabilities: async () => ['chown'] })],
    ['cgroups', 'warning', machine({ read: () => 'cpu' })],
    ['disk', 'problem', machine({ freeBytes: async () => gibibyte })],
    ['disk', 'unknown', machine({}, { dataRoot: async () => undefined })],
    ['inotify', 'warning', machine({ read: () => '128' })],
    ['inotify', 'unknown', machine({ platform: 'darwin' })],
    ['names', 'warning', machine({ addresses: async () => [] })],
    ['names', 'warning', machine({ addresses: async () => ['203.0.113.7'] })],
    ['kubectl', 'warning', machine({ output: async () => undefined })],
    ['kubectl', 'warning', machine({ output: async () => '"gitVersion": "v1.29.1"' })],
    ['images', 'warning', machine({}, { staleImages: async () => [{ id: 'x', name: 'shoal/node:old', bytes: 1 }] })],
    [
      'leftovers',
      'warning',
      machine({}, { remains: async () => [{ cluster: 'lab', what: 'the network', remove: async () => undefined }] }),
    ],
  ];
  test.each(rows)('%s is a %s', async (name, state, on) => {
    expect(await stateOf(name, on)).toBe(state);
  });

  test('what says what to do says it in words, and mends it when asked', async () => {
    const files = new Map([['/proc/sys/fs/inotify/max_user_instances', '128']]);
    const on = machine({ read: (path) => files.get(path) ?? '1048576', write: (path, text) => void files.set(path, text) });
    const found = (await diagnose(on)).find(({ check }) => check === 'inotify');
    expect(found).toMatchObject({ next: expect.stringContaining('sysctl -w fs.inotify.max_user_instances=512') });
    if (found !== undefined && 'fix' in found) await found.fix?.run();
    expect(await stateOf('inotify', on)).toBe('ok');
  });

  test('without root it only says what to do', async () => {
    const found = (await diagnose(machine({ root: false, read: () => '128' }))).find(({ check }) => check === 'inotify');
    expect(found).not.toHaveProperty('fix');
  });

  test('a check that fails does not take the others with it', async () => {
    const broken: Check = { name: 'broken', run: () => Promise.reject(new Error('no such thing')) };
    expect(await diagnose(machine(), [broken])).toEqual([{ check: 'broken', state: 'unknown', says: 'no such thing' }]);
  });
});
