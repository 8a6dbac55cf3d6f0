import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { allocatorEnvironment } from '../../util/allocator.ts';
import type { Clock } from '../../util/clock.ts';
import { errorCodes, ShoalError } from '../../util/errors.ts';
import { ownProgram } from '../own-program.ts';
import type { ClusterFiles } from './files.ts';

/** The file descriptor on which the process says that it is ready, or why not: one line of JSON, then the end. */
export const reportDescriptor = 3;
export type Report = { ready: true } | { ready: false; code: string; message: string; next?: string };

const largestLog = 5 * 1024 * 1024;
const tailLines = 15;

/** A connection that stands as long as the cluster's process lives; undefined when it does not. */
function lifeline(files: ClusterFiles): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(files.socket);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (failure: NodeJS.ErrnoException) => {
      if (failure.code === 'ENOENT' || failure.code === 'ECONNREFUSED') resolve(undefined);
      else reject(failure);
    });
  });
}

export async function isAlive(files: ClusterFiles): Promise<boolean> {
  const socket = await lifeline(files);
  socket?.destroy();
  return socket !== undefined;
}

/** SIGTERM, and SIGKILL after the grace (at once when it is 0). Resolves when the process has ended; false when there was none. */
export async function endProcess(files: ClusterFiles, { clock, graceMs }: { clock: Clock; graceMs: number }): Promise<boolean> {
  const socket = await lifeline(files);
  if (socket === undefined) return false;
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.resume().on('error', () => undefined);
  const pid = Number(await readFile(files.pid, 'utf8'));
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
    }
  };
  signal(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = clock.after(graceMs, () => signal('SIGKILL'));
  await ended;
  timer.cancel();
  await rm(files.pid, { force: true });
  return true;
}

/**
 * Starts the cluster's process, which outlives this one, and resolves when it says that it is ready. Throws what it reports
 * (PORT_TAKEN), or NODE_FAILED with its last lines; then, and when `signal` aborts, nothing of it is left.
 */
export async function launch(files: ClusterFiles, env: Record<string, string | undefined>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = start(files, env);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    const report = parse(await text(child.stdio[reportDescriptor] as Readable));
    if (report?.ready === true) {
      child.unref();
      return;
    }
    await ended;
    signal.throwIfAborted();
    throw report === undefined ? await failure(files, child) : reported(report);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function start(files: ClusterFiles, env: Record<string, string | undefined>): ChildProcess {
  if ((statSync(files.log, { throwIfNoEntry: false })?.size ?? 0) > largestLog) renameSync(files.log, `${files.log}.1`);
  const log = openSync(files.log, 'a', 0o600);
  try {
    const [program = '', ...args] = [...ownProgram(flags), 'server', '--simulated', files.directory];
    return spawn(program, args, {
      detached: true,
      cwd: '/',
      env: { ...env, ...allocatorEnvironment },
      stdio: ['ignore', log, log, 'pipe'],
    });
  } finally {
    closeSync(log);
  }
}

/**
 * The young generation begins at the size that V8 would let it grow to: a server makes much garbage from its first request on,
 * and what outlives a small one has to be collected among all objects of the cluster.
 */
const flags = ['--min-semi-space-size=16'];

function parse(line: string): Report | undefined {
  return line.trim() === '' ? undefined : (JSON.parse(line) as Report);
}

const reported = ({ code, message, next }: Extract<Report, { ready: false }>): ShoalError =>
  new ShoalError(code in errorCodes ? (code as keyof typeof errorCodes) : 'INTERNAL', message, next === undefined ? {} : { next });

async function failure(files: ClusterFiles, child: ChildProcess): Promise<ShoalError> {
  const lines = (await readFile(files.log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-tailLines).join('\n');
  const how = child.signalCode === null ? `with exit code ${child.exitCode ?? 'unknown'}` : `by ${child.signalCode}`;
  return new ShoalError('NODE_FAILED', `the cluster's process ended ${how}\n${lines}`, {
    next: `The lines above are its last; with \`--retain\` all of them stay in ${files.log}.`,
  });
}
