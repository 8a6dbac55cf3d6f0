import { connectCluster } from '../cluster/connect.ts';
import type { ClusterContext } from '../cluster/context.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { createLogger, type Logger } from '../util/log.ts';
import { createProgress, type Progress } from './progress.ts';

/** What a command works with: the outside world, so that a test can hand in another. */
export interface CliContext {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream;
  /** Results. */
  stdout: { write(text: string): unknown };
  /** Progress and everything else meant for people. */
  stderr: { write(text: string): unknown; isTTY?: boolean };
  clock: Clock;
  log: Logger;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
}

/** Options that every command has. */
export interface GlobalOptions {
  quiet?: boolean;
  verbose?: boolean;
}

export function systemContext(signal: AbortSignal): CliContext {
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    log: createLogger('shoal', { level: 'warn' }),
    signal,
  };
}

/** Connects to the engine, runs `work` with its progress on screen, and takes the screen down whatever happens. */
export async function withCluster<T>(
  cli: CliContext,
  options: GlobalOptions,
  work: (context: ClusterContext, progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = await createProgress(cli, options);
  try {
    const log = options.verbose === true ? createLogger('shoal', { level: 'debug' }) : cli.log;
    const context = await connectCluster({ clock: cli.clock, log, env: cli.env, progress: progress.step, signal: cli.signal });
    return await work(context, progress);
  } finally {
    await progress.close();
  }
}
