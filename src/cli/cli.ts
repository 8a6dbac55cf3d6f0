import { CommanderError } from 'commander';
import { exitCodes, ShoalError } from '../util/errors.ts';
import { type CliContext, systemContext } from './context.ts';
import { Exit } from './exit.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line and resolves to the exit code (docs/errors.md). The first Ctrl-C or SIGTERM lets the command undo
 * what it has half made; a second one ends at once.
 */
export async function runCli(args: string[], given?: CliContext): Promise<number> {
  const interrupt = new AbortController();
  const cli = given ?? systemContext(interrupt.signal);
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    cli.stderr.write('\ninterrupted: removing what was half made (press Ctrl-C again to leave it)\n');
    interrupt.abort(new ShoalError('INTERRUPTED', 'interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await createProgram(cli).parseAsync(args, { from: 'user' });
    return 0;
  } catch (thrown) {
    return report(cli, thrown, args.includes('-v') || args.includes('--verbose'));
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** Prints a failure once, in the user's terms: what is wrong, and what to do next. */
function report(cli: CliContext, thrown: unknown, verbose: boolean): number {
  if (thrown instanceof Exit) return thrown.code;
  if (thrown instanceof CommanderError) {
    // Commander has printed its own message; help and version are no failures.
    return thrown.exitCode === 0 ? 0 : exitCodes.usage;
  }
  if (thrown instanceof ShoalError) {
    cli.stderr.write(`shoal: ${thrown.message} [${thrown.code}]\n`);
    if (thrown.next !== undefined) cli.stderr.write(`  ${thrown.next}\n`);
    if (verbose && thrown.cause instanceof Error) cli.stderr.write(`${thrown.cause.stack ?? ''}\n`);
    return thrown.exitCode;
  }
  const text = thrown instanceof Error ? (verbose ? (thrown.stack ?? thrown.message) : thrown.message) : String(thrown);
  cli.stderr.write(`shoal: ${text} [INTERNAL]\n  This is a fault of Shoal itself; --verbose shows where.\n`);
  return exitCodes.internal;
}
