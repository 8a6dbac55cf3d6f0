import { readFile } from 'node:fs/promises';

export interface Usage {
  /** Cumulative. */
  cpuNanoseconds: number;
  memoryWorkingSetBytes: number;
}

const read = (path: string): Promise<string> => readFile(`/sys/fs/cgroup/${path}`, 'utf8');
const field = (text: string, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);

/** What this node's container as a whole uses, by its own cgroup: version 2, then 1. */
export async function readNodeUsage(): Promise<Usage> {
  try {
    const [cpu, memory, detail] = await Promise.all([read('cpu.stat'), read('memory.current'), read('memory.stat')]);
    const inactive = field(detail, 'inactive_file');
    return { cpuNanoseconds: field(cpu, 'usage_usec') * 1000, memoryWorkingSetBytes: Math.max(0, Number(memory) - inactive) };
  } catch {
    const [cpu, memory, detail] = await Promise.all([
      read('cpuacct/cpuacct.usage'),
      read('memory/memory.usage_in_bytes'),
      read('memory/memory.stat'),
    ]);
    const inactive = field(detail, 'total_inactive_file');
    return { cpuNanoseconds: Number(cpu), memoryWorkingSetBytes: Math.max(0, Number(memory) - inactive) };
  }
}
