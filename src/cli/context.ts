import { connectCluster } from '../cluster/connect.ts';
import type { ClusterContext } from '../cluster/context.ts';
import { dockerDriver } from '../cluster/docker/docker-driver.ts';
import type { ClusterDriver } from '../cluster/driver.ts';
import { ensureEngine } from '../cluster/engine/engine.ts';
import { everyCluster } from '../cluster/every-cluster.ts';
import { contextName, removeKubeconfig } from '../cluster/kubeconfig.ts';
import { sweepExpired } from '../cluster/reaper/sweep.ts';
import { type SimulatedDriver, simulatedDriver } from '../cluster/simulated/driver.ts';
import { clustersDirectory } from '../cluster/simulated/files.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import { createLogger, type Logger } from '../util/log.ts';
import { confirm } from './confirm.ts';
import { createProgress, type Progress } from './progress.ts';

/** What a command works with: the outside world, so that a test can hand in another. */
export interface CliContext {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream;
  /** Results. */
  stdout: { write(text: string): unknown; columns?: number };
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

interface WorkOptions extends GlobalOptions {
  /**
   * An engine that is installed but does not run is started, and where there is none it is installed (asking first on a
   * terminal).
   */
  engine?: 'ensured';
}
/** What clusters of either sort are worked on with. */
type Tools = Pick<ClusterContext, 'clock' | 'log' | 'progress' | 'signal'>;

/** Connects to the engine, runs `work` with its progress on screen, and takes the screen down whatever happens. */
export function withCluster<T>(
  cli: CliContext,
  options: WorkOptions,
  work: (context: ClusterContext, progress: Progress) => Promise<T>,
): Promise<T> {
  return withProgress(cli, options, async (_, progress, connect) => work(await connect(), progress));
}

/** The same for all clusters of this machine, simulated ones too; the engine is only connected to when it is needed. */
export function withClusters<T>(
  cli: CliContext,
  options: WorkOptions,
  work: (clusters: ClusterDriver, progress: Progress) => Promise<T>,
): Promise<T> {
  return withProgress(cli, options, async (tools, progress, connect) => {
    const simulated = simulatedClusters(cli, tools);
    await sweep(cli, simulated, progress);
    // Looked at when the engine is needed anyway: a command that does not need it must not wait for it.
    const docker = dockerDriver(async () => {
      const context = await connect();
      await sweep(
        cli,
        dockerDriver(async () => context),
        progress,
      );
      return context;
    });
    return work(everyCluster(docker, simulated, tools.log), progress);
  });
}

/** Removes what should have removed itself, had its reaper lived (docs/decisions/0016-time-to-live.md). */
async function sweep(cli: CliContext, clusters: ClusterDriver, progress: Progress): Promise<void> {
  try {
    for (const name of await sweepExpired(clusters, cli.clock)) {
      await removeKubeconfig(contextName(name), { env: cli.env });
      progress.note(`removed cluster ${name}: its time to live had ended`);
    }
  } catch (thrown) {
    cli.log.debug(`looking for expired clusters: ${messageOf(thrown)}`);
  }
}

export const simulatedClusters = (cli: CliContext, tools: Tools = cli): SimulatedDriver =>
  simulatedDriver({ ...tools, env: cli.env, clusters: clustersDirectory(cli.env) });

async function withProgress<T>(
  cli: CliContext,
  options: WorkOptions,
  work: (tools: Tools, progress: Progress, connect: () => Promise<ClusterContext>) => Promise<T>,
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
    const tools = { clock: cli.clock, log, progress: progress.step, signal: cli.signal };
    const connect = (): Promise<ClusterContext> =>
      connectCluster({ ...tools, env: cli.env, note: progress.note, ...(engine === undefined ? {} : { engine }) });
    return await work(tools, progress, connect);
  } finally {
    await progress.close();
  }
}
