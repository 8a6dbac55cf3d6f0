import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { systemContext } from '../../../src/cli/context.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { cliReference } from '../../../src/cli/reference.ts';

const program = createProgram(systemContext(new AbortController().signal));

test('every command that does something shows examples', () => {
  const sections = cliReference(program).split(/^## /m).slice(1);
  const leaves = new Set<string>();
  const walk = (command: Command, path: string): void => {
    const below = command
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help');
    if (below.length === 0) leaves.add(path);
    for (const child of below) walk(child, `${path} ${child.name()}`);
  };
  walk(program, 'shoal');
  const silent = sections.filter((section) => leaves.has(section.split('\n')[0] ?? '') && !section.includes('Examples:'));
  expect(silent.map((section) => section.split('\n')[0])).toEqual([]);
});
