import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.ts';

/** Asks on a terminal; without one (CI) nobody can answer, and asking for the command was the answer. */
export async function confirm(cli: CliContext, question: string): Promise<boolean> {
  if (cli.stderr.isTTY !== true || !('isTTY' in cli.stdin) || cli.stdin.isTTY !== true) return true;
  const lines = createInterface({ input: cli.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: cli.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
