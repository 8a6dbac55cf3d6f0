import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a command in a running container; `stdin`, when given, is sent and then closed. */
export async function execIn(container: Docker.Container, command: string[], stdin?: Readable): Promise<ExecResult> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true, AttachStdin: stdin !== undefined });
  const stream = await exec.start({ hijack: stdin !== undefined, stdin: stdin !== undefined });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  container.modem.demuxStream(stream, stdout, stderr);
  const end = (): void => {
    stdout.end();
    stderr.end();
  };
  // A hijacked connection that breaks says `close` without `end`.
  stream.once('end', end).once('close', end);
  let broken: unknown;
  stream.once('error', (cause) => {
    broken = cause;
    end();
  });
  const sent =
    stdin === undefined
      ? Promise.resolve()
      : // A command that stops reading early closes the pipe; its exit code tells the rest.
        pipeline(stdin, stream as unknown as NodeJS.WritableStream).catch(() => undefined);
  const [out, err] = await Promise.all([text(stdout), text(stderr), sent]);
  if (broken !== undefined) throw broken;
  const { ExitCode } = await exec.inspect();
  return { exitCode: ExitCode ?? -1, stdout: out, stderr: err };
}

/** What a command in a running container writes, as a stream that fails with the command's complaint when the command does. */
export async function outputOf(container: Docker.Container, command: string[]): Promise<Readable> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const complaint = text(stderr);
  container.modem.demuxStream(stream, stdout, stderr);
  const finish = async (): Promise<void> => {
    stderr.end();
    const { ExitCode } = await exec.inspect();
    if (ExitCode === 0) stdout.end();
    else throw new Error(`${command.join(' ')} ended with ${ExitCode ?? 'no exit code'}: ${(await complaint).trim()}`);
  };
  const fail = (cause: Error): void => void stdout.destroy(cause);
  stream.once('error', fail);
  stream.once('end', () => void finish().catch(fail));
  stdout.once('close', () => (stream as unknown as Readable).destroy());
  return stdout;
}
