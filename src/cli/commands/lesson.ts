import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { list } from '../lesson/list.ts';
import type { LessonFlags } from '../lesson/session.ts';
import { type StartFlags, start } from '../lesson/start.ts';
import { type CheckFlags, check, hint, reset, solve } from '../lesson/verbs.ts';
import { existingClusterHelp, type Register } from './command.ts';

/** What every verb of lessons takes. */
const shared = (command: Command): Command =>
  command
    .option('--name <name>', existingClusterHelp)
    .option('--from <folder>', 'lessons of your own: a folder with folders such as 01-mine')
    .option('--kubeconfig <file>', 'the kubeconfig that kubectl uses')
    .option('--dir <folder>', "where the lesson's files are (default: this folder)");

type Verb<F> = (cli: CliContext, wanted: string | undefined, flags: F) => Promise<void>;

export const registerLesson: Register = (program, cli) => {
  const lesson = program.command('lesson').description('learn Kubernetes by doing: lessons with checks, hints and a reset');
  const verb = <F extends LessonFlags>(name: string, description: string, examples: string, act: Verb<F>): Command => {
    const command = shared(
      lesson.command(name).description(description).argument('[lesson]', 'such as pods, or 3 (default: the one started last)'),
    );
    command.addHelpText('after', `\nExamples:\n${examples}`);
    command.action((wanted: string | undefined) => act(cli, wanted, command.optsWithGlobals<F>()));
    return command;
  };
  const listing = shared(lesson.command('list').description('the lessons, and how far you are with them'))
    .option('-o, --output <format>', 'json, or name')
    .addHelpText('after', '\nExamples:\n  shoal lesson list\n  shoal lesson list -o json\n');
  listing.action(() => list(cli, listing.optsWithGlobals<LessonFlags>()));

  const starting = shared(
    lesson.command('start').description('begin a lesson, or go on with it').argument('<lesson>', 'such as pods, or 3'),
  )
    .option('--up', 'make a cluster when there is none')
    .option('--simulate', 'with --up: one with simulated nodes')
    .option('--plain', 'print the text (Markdown) instead of showing it beside the live picture')
    .addHelpText('after', '\nExamples:\n  shoal lesson start pods\n  shoal lesson start 1 --up\n  shoal lesson start services --plain\n');
  starting.action((wanted: string) => start(cli, wanted, starting.optsWithGlobals<StartFlags>()));

  verb<CheckFlags>('check', 'what holds of the current step; exit code 1 while something does not', '  shoal lesson check\n', check)
    .option('--now', 'look once, without waiting for what may still come true')
    .option('-o, --output <format>', 'json for programs');
  verb<LessonFlags>('hint', 'a hint for the current step, and one more each time', '  shoal lesson hint\n', hint);
  verb<CheckFlags>(
    'solve',
    "do the current step's work, saying each command",
    '  shoal lesson solve\n  shoal lesson solve --all\n',
    solve,
  ).option('--all', 'every step that is left');
  verb<CheckFlags>(
    'reset',
    'remove all that a lesson and you in it have made',
    '  shoal lesson reset\n  shoal lesson reset --all\n',
    reset,
  ).option('--all', 'every lesson that was started');
};
