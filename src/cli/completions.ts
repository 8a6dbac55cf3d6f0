import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Complete, RootCommand } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';

/** Names that only the machine knows. */
export interface Candidates {
  clusters: readonly string[];
  nodes: readonly string[];
}

type Handler = (complete: Complete) => void;

const file = /file|path|dir|archive/i;

/**
 * The command line in the form that completions are looked up in.
 *
 * @param word what the user has typed of the word that is completed: file names are looked up by it.
 */
export function completionsOf(program: Command, candidates: Candidates, word: string): RootCommand {
  const root = new RootCommand();
  const files: Handler = (complete) => {
    for (const path of filesBeginning(word)) complete(path, '');
  };
  const named =
    (names: readonly string[]): Handler =>
    (complete) => {
      for (const name of names) complete(name, '');
    };
  /** By the names that commands give to what they take, such as `<node...>` and `--name <name>`. */
  const handlerFor = (name: string, command: Command): Handler | undefined => {
    if (name === 'node' || name === 'nodes') return named(candidates.nodes);
    if ((name === 'name' || name === 'cluster') && !makes.has(command.name())) return named(candidates.clusters);
    return file.test(name) ? files : undefined;
  };
  const walk = (command: Command, path: string): void => {
    const shown = path === '' ? root : root.command(path, command.description());
    const help = command.createHelp();
    for (const option of help.visibleOptions(command)) addOption(shown, option, handlerFor(valueName(option), command));
    for (const argument of command.registeredArguments) {
      const choices = argument.argChoices;
      shown.argument(argument.name(), choices === undefined ? handlerFor(argument.name(), command) : named(choices), argument.variadic);
    }
    for (const child of help.visibleCommands(command)) walk(child, path === '' ? child.name() : `${path} ${child.name()}`);
  };
  walk(program, '');
  return root;
}

/** Commands whose cluster does not exist yet. */
const makes = new Set(['up', 'demo', 'fork']);

/** `--kubeconfig <file>` → `file`, and the option's own name where it says as much. */
function valueName(option: Option): string {
  const value = /[<[]([^\]>.]+)/.exec(option.flags)?.[1] ?? '';
  return option.name() === 'name' || option.name() === 'cluster' ? option.name() : value;
}

function addOption(to: ReturnType<RootCommand['command']> | RootCommand, option: Option, known: Handler | undefined): void {
  const name = option.long?.slice(2);
  if (name === undefined) return;
  const short = option.short?.slice(1);
  if (!option.required && !option.optional) {
    to.option(name, option.description, short);
    return;
  }
  const { argChoices } = option;
  const choose: Handler = (complete) => {
    for (const choice of argChoices ?? []) complete(choice, '');
  };
  const handler = argChoices === undefined ? (known ?? (() => undefined)) : choose;
  to.option(name, option.description, handler, short);
}

/** Paths that go on from what was typed; folders end with a slash. */
function filesBeginning(word: string): string[] {
  const folder = word.endsWith('/') ? word : dirname(word);
  const prefix = folder === '.' && !word.startsWith('./') ? '' : folder;
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true }).map(
      (entry) => `${join(prefix, entry.name)}${entry.isDirectory() ? '/' : ''}`,
    );
  } catch {
    return [];
  }
}
