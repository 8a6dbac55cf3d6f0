import { delay } from '../../src/util/clock.ts';
import type { Bench } from './bench-cluster.ts';
import { round, say } from './measure.ts';

/** One process of a node; MiB. */
interface ProcessMemory {
  process: string;
  rss: number;
  pss: number;
}

export interface MemoryReport {
  /** By node, the largest first. */
  nodes: Record<string, ProcessMemory[]>;
  /** Proportional set sizes: a page that n processes share counts 1/n in each, so their sum is what the cluster takes. */
  totalPssMiB: number;
  /** Resident set sizes: shared pages count in each process. */
  totalRssMiB: number;
  /** Node containers of other clusters share pages with this one, which makes its share look smaller. */
  otherNodesRunning: number;
}

/** A server has by then done what it does after its start. */
const settleMs = 30_000;

const script = [
  'for p in /proc/[0-9]*; do',
  '  [ "$p" = "/proc/$$" ] && continue',
  '  sizes=$(busybox awk \'/^(Rss|Pss):/ { printf "%s ", $2 }\' "$p/smaps_rollup" 2>/dev/null) || continue',
  '  [ -n "$sizes" ] && echo "$sizes $(tr "\\0" " " < "$p/cmdline" | cut -c1-200)"',
  'done',
].join('\n');

/** Idle memory of a cluster of three nodes by process, read inside the nodes. */
export async function memory(bench: Bench): Promise<MemoryReport> {
  const { context } = bench;
  const { name, nodes } = await bench.cluster();
  say(`memory: waiting ${settleMs / 1000} s for the cluster to be idle`);
  await delay(context.clock, settleMs);
  const report: MemoryReport = { nodes: {}, totalPssMiB: 0, totalRssMiB: 0, otherNodesRunning: 0 };
  for (const node of nodes) {
    const { stdout } = await context.provider.exec(node, ['sh', '-c', script]);
    const processes = stdout.trimEnd().split('\n').map(parse);
    report.nodes[node] = processes.sort((a, b) => b.pss - a.pss);
    for (const each of processes) {
      report.totalPssMiB = round(report.totalPssMiB + each.pss, 1);
      report.totalRssMiB = round(report.totalRssMiB + each.rss, 1);
    }
  }
  report.otherNodesRunning = (await context.provider.nodes()).filter((node) => node.running && node.cluster !== name).length;
  say(`memory: ${report.totalPssMiB} MiB of PSS, ${report.totalRssMiB} MiB of RSS`);
  return report;
}

/** `<rss KiB> <pss KiB>  <command line>` */
function parse(line: string): ProcessMemory {
  const [, rss = '0', pss = '0', command = ''] = /^(\d+) (\d+)\s+(.*)$/.exec(line) ?? [];
  return { process: shortName(command), rss: round(Number(rss) / 1024, 1), pss: round(Number(pss) / 1024, 1) };
}

/** Shoal's roles run as `node … shoal.mjs <role>`, or as the executable itself. */
function shortName(command: string): string {
  const role = /\bshoal\S*\s+(server|kubelet)\b/.exec(command)?.[1];
  if (role !== undefined) return `shoal ${role}`;
  const [program = '', argument = ''] = command.trim().split(/\s+/);
  const name = program.split('/').at(-1) ?? program;
  return name === 'sh' || name === 'runsv' ? `${name} ${argument.split('/').at(-1)}` : name;
}
