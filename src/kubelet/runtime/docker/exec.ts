import { type Duplex, PassThrough } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Clock } from '../../../util/clock.ts';
import { type ExecOptions, type ExecSession, RuntimeError } from '../runtime.ts';
import { type DockerContext, isMissing, runtimeError } from './context.ts';

/** Splits Docker's multiplexed stream; with a TTY there is one stream and nothing to split. */
function outputs(docker: Dockerode, stream: Duplex, tty: boolean): { stdout: PassThrough; stderr: PassThrough | undefined } {
  const stdout = new PassThrough();
  if (tty) {
    stream.pipe(stdout);
    return { stdout, stderr: undefined };
  }
  const stderr = new PassThrough();
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.once('end', () => {
    stdout.end();
    stderr.end();
  });
  return { stdout, stderr };
}

const ended = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
    stream.once('error', () => resolve());
  });

export function execs(context: DockerContext, clock: Clock) {
  const { docker } = context;

  async function exec(id: string, options: ExecOptions): Promise<ExecSession> {
    try {
      const process = await docker.getContainer(id).exec({
        Cmd: options.command,
        AttachStdin: options.stdin,
        AttachStdout: true,
        AttachStderr: true,
        Tty: options.tty,
      });
      const stream = (await process.start({ hijack: true, stdin: options.stdin, Tty: options.tty })) as Duplex;
      const { stdout, stderr } = outputs(docker, stream, options.tty);
      const over = ended(stream);
      const exit = over.then(async () => (await process.inspect()).ExitCode ?? 0);
      exit.catch(() => undefined);
      return {
        stdin: options.stdin ? stream : undefined,
        stdout,
        stderr,
        resize: async (columns, rows) => {
          // The process may have ended between the key press and the request.
          await process.resize({ w: columns, h: rows }).catch(() => undefined);
        },
        exit,
        close() {
          stream.destroy();
          void kill(process);
        },
      };
    } catch (failure) {
      throw runtimeError(isMissing(failure) ? 'not-found' : 'start-failed', failure);
    }
  }

  /** Docker has no call to end an exec; its process id is one of this node's. */
  async function kill(exec: Dockerode.Exec): Promise<void> {
    const { Running, Pid } = await exec.inspect().catch(() => ({ Running: false, Pid: 0 }));
    if (!Running || Pid <= 0) return;
    try {
      process.kill(Pid, 'SIGKILL');
    } catch {
      // Gone by itself.
    }
  }

  return {
    exec,
    async execSync(id: string, command: string[], timeoutMs: number): Promise<{ exitCode: number; output: string }> {
      const session = await exec(id, { command, tty: false, stdin: false });
      const chunks: Buffer[] = [];
      let size = 0;
      const collect = (chunk: Buffer): void => {
        // As the kubelet's prober: the first 10 KiB say enough.
        if (size < 10_240) chunks.push(chunk);
        size += chunk.length;
      };
      session.stdout.on('data', collect);
      session.stderr?.on('data', collect);
      let late = false;
      const timer = clock.after(timeoutMs, () => {
        late = true;
        session.close();
      });
      const exitCode = await session.exit.finally(() => timer.cancel());
      const output = Buffer.concat(chunks).toString('utf8').slice(0, 10_240);
      if (late) throw new RuntimeError('unavailable', `command ${JSON.stringify(command)} timed out after ${timeoutMs}ms`);
      return { exitCode, output };
    },
    async attach(id: string, options: Omit<ExecOptions, 'command'>): Promise<ExecSession> {
      const container = docker.getContainer(id);
      try {
        const stream = (await container.attach({
          stream: true,
          stdin: options.stdin,
          stdout: true,
          stderr: true,
          hijack: true,
        })) as unknown as Duplex;
        const { stdout, stderr } = outputs(docker, stream, options.tty);
        return {
          stdin: options.stdin ? stream : undefined,
          stdout,
          stderr,
          resize: async (columns, rows) => {
            await container.resize({ w: columns, h: rows }).catch(() => undefined);
          },
          // The engine lets go when the container ends, and at the end of the input of one that keeps its own open (no `stdinOnce`).
          exit: ended(stream).then(() => 0),
          close: () => stream.destroy(),
        };
      } catch (failure) {
        throw runtimeError(isMissing(failure) ? 'not-found' : 'start-failed', failure);
      }
    },
  };
}
