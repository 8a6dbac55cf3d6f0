import { ShoalError } from '../util/errors.ts';
import type { CliContext } from './context.ts';

export type OutputFormat = 'table' | 'json' | 'name';

/** The value of `-o`; anything else than the known formats is a usage error. */
export function outputFormat(text: string | undefined): OutputFormat {
  if (text === undefined || text === 'table') return 'table';
  if (text === 'json' || text === 'name') return text;
  throw new ShoalError('USAGE', `unknown output format "${text}"`, { next: 'Use -o json or -o name, or leave it out for a table.' });
}

/** Columns padded to the widest cell and three spaces apart, as kubectl prints them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('   ')}\n`)
    .join('');
}

export const printJson = (cli: CliContext, value: unknown): void => void cli.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
