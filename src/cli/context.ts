import { connectCluster } from '../cluster/connect.ts';
import type { ClusterContext } from '../cluster/context.ts';
import { ensureEngine } from '../cluster/engine/engine.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { createLogger, type Logger } from '../util/log.ts';
import { confirm } from './confirm.ts';
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

/**
 * Connects to the engine, runs `work` with its progress on screen, and takes the screen down whatever happens. With
 * `engine: 'ensured'` an engine that is installed but does not run is started, and where there is none it is installed
 * (asking first on a terminal).
 */
export async function withCluster<T>(
  cli: CliContext,
  options: GlobalOptions & { engine?: 'ensured' },
  work: (context: ClusterContext, progress: Progress) => Promise<T>,
): Promise<T> {
  const say = (text: string): void => void (options.quiet === true || cli.stderr.write(`shoal: ${text}\n`));
  // Before the live screen takes the terminal: this may have to ask.
  const engine =
    options.engine === 'ensured'
      ? await ensureEngine({ clock: cli.clock, env: cli.env, note: say, confirm: (question) => confirm(cli, question) })
      : undefined;
  const progress = await createProgress(cli, options);
  try {
    const log = options.verbose === true ? createLogger('shoal', { level: 'debug' }) : cli.log;
    const context = await connectCluster({
      clock: cli.clock,
      log,
      env: cli.env,
      progress: progress.step,
      note: progress.note,
      signal: cli.signal,
      ...(engine === undefined ? {} : { engine }),
    });
    return await work(context, progress);
  } finally {
    await progress.close();
  }
}
