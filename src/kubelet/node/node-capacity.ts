import { createHash } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os';
import type { NodeSystemInfo } from '../../api/types/core-v1.ts';

const read = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
};

/** Cores that this process's own cgroup allows, in thousandths; undefined without a limit. Cgroup v2, then v1. */
async function cpuLimit(): Promise<number | undefined> {
  const [quota, period] = (await read('/sys/fs/cgroup/cpu.max'))?.split(' ') ?? [
    await read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    await read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  ];
  const thousandths = (Number(quota) / Number(period)) * 1000;
  return Number.isFinite(thousandths) && thousandths > 0 ? Math.floor(thousandths) : undefined;
}

async function memoryLimit(): Promise<number | undefined> {
  const text = (await read('/sys/fs/cgroup/memory.max')) ?? (await read('/sys/fs/cgroup/memory/memory.limit_in_bytes'));
  const bytes = Number(text);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
}

/** What this machine, or the container that this process is in, can give to pods. Quantities. */
export async function readNodeCapacity(rootDir: string): Promise<Record<string, string>> {
  const own = availableParallelism() * 1000;
  const cpu = Math.min(own, (await cpuLimit()) ?? own);
  const memory = Math.min(totalmem(), (await memoryLimit()) ?? totalmem());
  const disk = await statfs(rootDir).catch(() => undefined);
  return {
    cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m`,
    memory: `${Math.floor(memory / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(((disk?.blocks ?? 0) * (disk?.bsize ?? 0)) / 1024)}Ki`,
  };
}

/** The machine as `status.nodeInfo` shows it. */
export async function readSystemInfo(): Promise<Partial<NodeSystemInfo>> {
  const [found = '', systemUUID, bootID = '', os = ''] = await Promise.all([
    read('/etc/machine-id'),
    read('/sys/class/dmi/id/product_uuid'),
    read('/proc/sys/kernel/random/boot_id'),
    read('/etc/os-release'),
  ]);
  // A container has no machine id of its own; its name tells it apart as well.
  const machineID = found === '' ? createHash('sha256').update(hostname()).digest('hex').slice(0, 32) : found;
  return {
    architecture: goArchitecture(arch()),
    bootID,
    kernelVersion: release(),
    machineID,
    operatingSystem: 'linux',
    osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(os)?.[1] ?? '',
    systemUUID: (systemUUID ?? '') === '' ? machineID : (systemUUID ?? ''),
  };
}

/** Node's name of a processor architecture as Go (and so `kubernetes.io/arch`) has it. */
export const goArchitecture = (name: string): string => ({ x64: 'amd64', ia32: '386' })[name] ?? name;
