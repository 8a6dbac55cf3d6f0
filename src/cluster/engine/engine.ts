import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, watch } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../util/clock.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { connectEngine, type Engine } from './connect.ts';
import { engineCandidates, surroundings } from './find.ts';

const exec = promisify(execFile);
const logFile = '/var/log/dockerd.log';
const socketDirectory = '/var/run';
const startTimeoutMs = 60_000;

export interface EngineOptions {
  clock: Clock;
  /** Where DOCKER_HOST and its like are looked up; default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Asks before the machine is changed; CI answers yes without asking. */
  confirm(question: string): Promise<boolean>;
  /** What is being done, one line each. */
  note(text: string): void;
}

export type EngineStatus =
  | { state: 'running'; host: string; source: string; version: string; apiVersion: string; operatingSystem: string; cgroupVersion: number }
  /** An engine is installed on this machine but does not answer. */
  | { state: 'stopped'; detail: string }
  | { state: 'missing'; detail: string };

/** What there is, without changing anything. */
export async function engineStatus(): Promise<EngineStatus> {
  try {
    const { docker, address } = await connectEngine();
    const [version, info] = await Promise.all([docker.version(), docker.info()]);
    return {
      state: 'running',
      host: address.host,
      source: address.source,
      version: version.Version,
      apiVersion: version.ApiVersion,
      operatingSystem: info.OperatingSystem,
      cgroupVersion: Number(info.CgroupVersion ?? 1),
    };
  } catch (thrown) {
    return { state: dockerdPath() === undefined ? 'missing' : 'stopped', detail: messageOf(thrown) };
  }
}

/** An engine that answers: the one there is, else an installed one is started, else one is installed and started. */
export async function ensureEngine(options: EngineOptions): Promise<Engine> {
  const around = { ...surroundings(), ...(options.env === undefined ? {} : { env: options.env }) };
  try {
    return await connectEngine(around);
  } catch (thrown) {
    // An engine that the user named is not ours to replace by a local one.
    if (engineCandidates(around).some((candidate) => candidate.explicit) || !manageable()) throw thrown;
  }
  return dockerdPath() === undefined ? installEngine(options) : startEngine(options);
}

/** Starts the installed engine of this machine. Throws ENGINE_MISSING, or ENGINE_START_FAILED with its last log lines. */
export async function startEngine({ clock, note }: Pick<EngineOptions, 'clock' | 'note'>): Promise<Engine> {
  const dockerd = dockerdPath();
  if (dockerd === undefined) {
    throw new ShoalError('ENGINE_MISSING', 'no Docker engine is installed on this machine', {
      next: 'Install one with `shoal engine install`.',
    });
  }
  requireRoot('starting the Docker engine');
  if (existsSync('/run/systemd/system')) {
    note('starting the Docker engine (systemctl start docker)');
    await exec('systemctl', ['start', 'docker']).catch((cause: unknown) => {
      throw new ShoalError('ENGINE_START_FAILED', `systemctl start docker failed: ${messageOf(cause)}`, {
        next: 'See `journalctl -u docker`.',
        cause,
      });
    });
    return connectEngine();
  }
  note(`starting the Docker engine (${dockerd}, log in ${logFile})`);
  mkdirSync('/var/log', { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(dockerd, [], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  return socketAnswers(clock, ended);
}

/** Installs Debian's docker.io after asking, and starts it. */
export async function installEngine(options: EngineOptions): Promise<Engine> {
  const next = 'Install Docker as https://docs.docker.com/engine/install/ says, or set DOCKER_HOST to an engine elsewhere.';
  if (!manageable())
    throw new ShoalError(
      'ENGINE_MISSING',
      'no Docker engine is installed, and it cannot be installed from here (that needs Linux with apt and root)',
      { next },
    );
  if (!(await options.confirm('No Docker engine is installed. Install the Debian package docker.io now?'))) {
    throw new ShoalError('ENGINE_MISSING', 'no Docker engine is installed on this machine', { next });
  }
  options.note('installing docker.io (apt-get)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = (): Promise<unknown> =>
    exec('apt-get', ['-q', 'install', '-y', '--no-install-recommends', 'docker.io', 'iptables'], { env, maxBuffer: 64e6 });
  try {
    await install().catch(async () => {
      await exec('apt-get', ['-q', 'update'], { env, maxBuffer: 64e6 });
      await install();
    });
  } catch (cause) {
    const stderr =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().split('\n').slice(-8).join('\n') : messageOf(cause);
    throw new ShoalError('ENGINE_INSTALL_FAILED', `apt-get could not install docker.io: ${stderr}`, { next, cause });
  }
  // The package starts the engine itself where an init system runs.
  return connectEngine().catch(() => startEngine(options));
}

/** Tries again whenever something happens to the socket, until the engine ends or the time is up. */
async function socketAnswers(clock: Clock, ended: Promise<string>): Promise<Engine> {
  let wake = (): void => undefined;
  let over: string | undefined;
  const watcher = watch(socketDirectory, (_, name) => {
    if (name === null || name.startsWith('docker')) wake();
  });
  const deadline = clock.after(startTimeoutMs, () => {
    over = `it did not answer within ${startTimeoutMs / 1000} s`;
    wake();
  });
  void ended.then((reason) => {
    over = reason;
    wake();
  });
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const engine = await connectEngine().catch(() => undefined);
      if (engine !== undefined) return engine;
      if (over !== undefined) {
        throw new ShoalError('ENGINE_START_FAILED', `the Docker engine did not start: ${over}\n${lastLines(logFile, 12)}`, {
          next: `The whole log is in ${logFile}.`,
        });
      }
      await changed;
    }
  } finally {
    watcher.close();
    deadline.cancel();
  }
}

function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

function requireRoot(what: string): void {
  if (process.getuid?.() === 0) return;
  throw new ShoalError('ENGINE_START_FAILED', `${what} needs root`, {
    next: 'Run `sudo shoal engine start`, or start Docker as your system does.',
  });
}

const onPath = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));

const dockerdPath = (): string | undefined => (process.platform === 'linux' ? onPath('dockerd') : undefined);

/** A machine on which engines may be started and installed: Linux, root, apt. */
const manageable = (): boolean =>
  process.platform === 'linux' && process.getuid?.() === 0 && (dockerdPath() !== undefined || onPath('apt-get') !== undefined);
