import { Command } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { completionsOf } from '../../../src/cli/completions.ts';

const program = new Command('shoal').option('-q, --quiet', 'no progress');
program.command('up').description('make one').option('--name <name>').option('-f, --file <file>', 'cluster.yaml');
program.command('status').description('look at one').argument('[name]').option('--name <name>');
program.command('dialect', { hidden: true });
const node = program.command('node').description('single nodes');
node.command('kill').argument('<node...>').description('as a power cut');
const level = program.command('log');
level.addArgument(level.createArgument('<level>').choices(['debug', 'info']));

/** What a shell is told, without descriptions and the last line. */
function completed(...words: string[]): string[] {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  completionsOf(program, { clusters: ['lab', 'late', 'ci'], nodes: ['lab-worker', 'ci-worker'] }, words.at(-1) ?? '').parse(words);
  return lines.slice(0, -1).map((line) => line.split('\t')[0] ?? '');
}

describe('completion', () => {
  afterEach(() => void vi.restoreAllMocks());

  const rows: [name: string, words: string[], expected: string[]][] = [
    ['verbs, without hidden ones', ['s'], ['status']],
    ['verbs below a noun', ['node', 'k'], ['kill']],
    ['flags', ['up', '--'], ['--name', '--file', '--help']],
    ['clusters by argument', ['status', 'la'], ['lab', 'late']],
    ['clusters by option', ['status', '--name', 'c'], ['ci']],
    ['no clusters for one that is made', ['up', '--name', ''], []],
    ['nodes, one after another', ['node', 'kill', 'lab-worker', 'c'], ['ci-worker']],
    ['choices', ['log', 'd'], ['debug']],
    ['files, with the folder that was typed', ['up', '-f', 'docs/decisions/0001'], ['docs/decisions/0001-generated-types.md']],
    ['folders, to go on', ['up', '--file', 'docs/dec'], ['docs/decisions/']],
  ];
  test.each(rows)('of %s', (_name, words, expected) => {
    expect(completed(...words)).toEqual(expected);
  });
});
