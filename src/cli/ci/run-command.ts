import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';

/** A command that was told to end gets so long before it is killed. */
const graceMs = 10_000;
/** As shells have it. */
const notExecutable = 126;
const notFound = 127;

export interface CommandResult {
  /** 128+n for one that signal n ended. */
  exitCode: number;
  /** In words, for one that did not end well. */
  how: string;
  ms: number;
}

/**
 * Runs a command on this terminal until it ends, handing on what aborts `signal`. A Ctrl-C reaches it by itself, as it does
 * everything that runs in the terminal. Never rejects.
 */
export function runCommand(
  [program = '', ...args]: readonly string[],
  options: { env: Record<string, string | undefined>; clock: Clock; signal: AbortSignal },
): Promise<CommandResult> {
  const { clock, signal } = options;
  const began = clock.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env: options.env });
    const stop = (): void => {
      child.kill('SIGTERM');
      clock.after(graceMs, () => child.kill('SIGKILL'), { unref: true });
    };
    const end = (exitCode: number, how: string): void => {
      signal.removeEventListener('abort', stop);
      resolve({ exitCode, how, ms: clock.now() - began });
    };
    child.once('error', (failure: NodeJS.ErrnoException) =>
      end(failure.code === 'ENOENT' ? notFound : notExecutable, `could not be started: ${messageOf(failure)}`),
    );
    child.once('exit', (code, by) => {
      if (by === null) end(code ?? 1, `ended with exit code ${code}`);
      else end(128 + constants.signals[by], `was ended by ${by}`);
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
