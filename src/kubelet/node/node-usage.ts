import { readFile } from 'node:fs/promises';

/** What a cgroup tells of memory beside its working set. */
export interface MemoryDetail {
  usageBytes: number;
  /** Anonymous memory, swap cache included. */
  rssBytes: number;
  /** Cumulative, like the next. */
  pageFaults: number;
  majorPageFaults: number;
}

export interface Usage {
  /** Cumulative. */
  cpuNanoseconds: number;
  memoryWorkingSetBytes: number;
  /** Absent where it cannot be measured. */
  memory?: MemoryDetail;
}

/** One of a cgroup's memory figures by the names of version 1, with and without its children, and of version 2; 0 for none. */
type MemoryStat = (...names: string[]) => number;

/**
 * What memory counts, from a cgroup's use and its `memory.stat`. The working set is what cannot be dropped: usage less
 * inactive file cache.
 */
export function memoryOf(usageBytes: number, stat: MemoryStat): Pick<Usage, 'memoryWorkingSetBytes'> & { memory: MemoryDetail } {
  return {
    memoryWorkingSetBytes: Math.max(0, usageBytes - stat('total_inactive_file', 'inactive_file')),
    memory: {
      usageBytes,
      rssBytes: stat('total_rss', 'rss', 'anon'),
      pageFaults: stat('total_pgfault', 'pgfault'),
      majorPageFaults: stat('total_pgmajfault', 'pgmajfault'),
    },
  };
}

const read = (path: string): Promise<string> => readFile(`/sys/fs/cgroup/${path}`, 'utf8');
const field = (text: string, name: string): string | undefined => new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
const fields =
  (text: string): MemoryStat =>
  (...names) =>
    Number(names.map((name) => field(text, name)).find((value) => value !== undefined) ?? 0);

/** What this node's container as a whole uses, by its own cgroup: version 2, then 1. */
export async function readNodeUsage(): Promise<Usage> {
  try {
    const [cpu, memory, detail] = await Promise.all([read('cpu.stat'), read('memory.current'), read('memory.stat')]);
    return { cpuNanoseconds: Number(field(cpu, 'usage_usec') ?? 0) * 1000, ...memoryOf(Number(memory), fields(detail)) };
  } catch {
    const [cpu, memory, detail] = await Promise.all([
      read('cpuacct/cpuacct.usage'),
      read('memory/memory.usage_in_bytes'),
      read('memory/memory.stat'),
    ]);
    return { cpuNanoseconds: Number(cpu), ...memoryOf(Number(memory), fields(detail)) };
  }
}
