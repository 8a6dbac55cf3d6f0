import { expect, it } from 'vitest';
import { memoryOf } from '../../../src/kubelet/node/node-usage.ts';

it.each([
  {
    name: 'version 2',
    stat: { anon: 40, inactive_file: 30, pgfault: 7, pgmajfault: 2 },
    memory: { usageBytes: 100, rssBytes: 40, pageFaults: 7, majorPageFaults: 2 },
  },
  {
    name: 'version 1, with its children',
    stat: { rss: 1, total_rss: 40, inactive_file: 1, total_inactive_file: 30, pgfault: 1, total_pgfault: 7, total_pgmajfault: 2 },
    memory: { usageBytes: 100, rssBytes: 40, pageFaults: 7, majorPageFaults: 2 },
  },
  { name: 'nothing more', stat: { inactive_file: 30 }, memory: { usageBytes: 100, rssBytes: 0, pageFaults: 0, majorPageFaults: 0 } },
])('memory of a cgroup of $name', ({ stat, memory }) => {
  const figures: Record<string, number | undefined> = stat;
  const find = (...names: string[]): number => names.map((name) => figures[name]).find((value) => value !== undefined) ?? 0;
  expect(memoryOf(100, find)).toEqual({ memoryWorkingSetBytes: 70, memory });
});
