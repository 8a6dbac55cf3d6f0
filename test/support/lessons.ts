import { delimiter, dirname } from 'node:path';
import { runCli } from '../../src/cli/cli.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createLogger } from '../../src/util/log.ts';
import { clientBinary, type Ran } from './clients.ts';

/** Command lines of `shoal`, run in this process: many short ones cost little so. kubectl is on their PATH. */
export function shoalHere(env: Record<string, string>) {
  const path = [dirname(clientBinary('kubectl')), process.env['PATH'] ?? ''].join(delimiter);
  async function attempt(...args: string[]): Promise<Ran> {
    const said: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
    const cli: CliContext = {
      env: { ...process.env, ...env, PATH: path },
      stdin: process.stdin,
      stdout: { write: (text) => said.stdout.push(text) },
      stderr: { write: (text) => said.stderr.push(text) },
      clock: systemClock,
      log: createLogger('test', { level: 'error' }),
      signal: new AbortController().signal,
    };
    const code = await runCli(args, cli);
    return { code, stdout: said.stdout.join(''), stderr: said.stderr.join('') };
  }
  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await attempt(...args);
    if (code !== 0) throw new Error(`shoal ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }
  return Object.assign(run, { try: attempt });
}

interface Checked {
  step: number;
  steps: number;
  passed: boolean;
  done: boolean;
  checks: { name: string; state: string; seen: string }[];
}

/**
 * Goes through a lesson as `docs/lesson-authors.md` promises it: in each step the checks fail, the solution is applied, they
 * pass; in the end nothing is left. `flags` say which cluster and where lessons come from. Resolves to the names of skipped checks.
 */
export async function goThrough(shoal: ReturnType<typeof shoalHere>, lesson: string, flags: readonly string[]): Promise<string[]> {
  const skipped: string[] = [];
  await shoal('lesson', 'start', lesson, '--plain', ...flags);
  for (let done = false; !done; ) {
    const before = await shoal.try('lesson', 'check', lesson, '--now', '-o', 'json', ...flags);
    const { step, passed } = JSON.parse(before.stdout) as Checked;
    if (before.code !== 1 || passed) throw new Error(`step ${step} of ${lesson} passes before anything is done: ${before.stdout}`);
    const solved = await shoal('lesson', 'solve', lesson, ...flags);
    const after = await shoal.try('lesson', 'check', lesson, '-o', 'json', ...flags);
    if (after.code !== 0) throw new Error(`step ${step} of ${lesson} fails after its solution: ${solved}${after.stdout}`);
    const checked = JSON.parse(after.stdout) as Checked;
    skipped.push(...checked.checks.filter(({ state }) => state === 'skipped').map(({ name }) => name));
    done = checked.done;
  }
  await shoal('lesson', 'reset', lesson, ...flags);
  return skipped;
}
