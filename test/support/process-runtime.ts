import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import type { ContainerRuntime, ExecSession } from '../../src/kubelet/runtime/runtime.ts';

/**
 * A simulated runtime whose containers have something to talk to: commands run as processes of this machine in `directory`, an
 * attach echoes its input in capitals, and ports are this machine's. So clients' streams can be tested without containers.
 */
export const withProcesses = (runtime: ContainerRuntime, directory: string): ContainerRuntime => ({
  ...runtime,
  exec: async (_id, { command: [program = '', ...args], stdin }) => runProcess(program, args, directory, stdin),
  attach: async () => echo(),
  portForward: (_sandbox, port) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
    }),
});

function runProcess(program: string, args: string[], cwd: string, stdin: boolean): Promise<ExecSession> {
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  if (!stdin) child.stdin.end();
  const exit = new Promise<number>((resolve) => child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 137))));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () =>
      resolve({
        stdin: stdin ? child.stdin : undefined,
        stdout: child.stdout,
        stderr: child.stderr,
        resize: async () => undefined,
        exit,
        close: () => child.kill('SIGKILL'),
      }),
    );
  });
}

function echo(): ExecSession {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  stdin.on('data', (chunk: Buffer) => stdout.write(chunk.toString().toUpperCase()));
  const exit = new Promise<number>((resolve) =>
    stdin.on('end', () => {
      stdout.end();
      resolve(0);
    }),
  );
  return { stdin, stdout, stderr: undefined, resize: async () => undefined, exit, close: () => stdout.end() };
}
