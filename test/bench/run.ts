/**
 * `npm run bench`: speed and memory, as one JSON document on standard output. Arguments name the sections to run, default
 * all; `--rounds N` says how often the longer ones repeat. docs/benchmarks.md says what each figure means.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { api } from './api.ts';
import { apply } from './apply.ts';
import { type Bench, startBench } from './bench-cluster.ts';
import { lifecycle } from './lifecycle.ts';
import { round, say } from './measure.ts';
import { memory } from './memory.ts';
import { scheduler } from './scheduler.ts';
import { server } from './server.ts';
import { testing } from './testing.ts';
import { up } from './up.ts';

/** In this order: memory is that of a cluster in which nothing has run yet. */
const onClusters = { up, lifecycle, memory, apply } satisfies Record<string, (bench: Bench) => Promise<unknown>>;
/** These need no engine. */
const alone = { api, server, scheduler, testing } satisfies Record<string, () => Promise<unknown>>;
const known = [...Object.keys(onClusters), ...Object.keys(alone)];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  say(`usage: npm run -s bench -- [--rounds N] [${known.join('|')}]...`);
  process.exit(2);
}
const wanted = new Set(positionals.length === 0 ? known : positionals);

const report: Record<string, unknown> = {
  machine: { cpus: cpus().length, model: cpus()[0]?.model, memoryGiB: round(totalmem() / 2 ** 30), node: process.version },
  date: new Date().toISOString(),
};
for (const [name, section] of Object.entries(alone)) if (wanted.has(name)) report[name] = await section();
if (Object.keys(onClusters).some((name) => wanted.has(name))) {
  const bench = await startBench(rounds);
  try {
    for (const [name, section] of Object.entries(onClusters)) if (wanted.has(name)) report[name] = await section(bench);
  } finally {
    await bench.close();
  }
}
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
