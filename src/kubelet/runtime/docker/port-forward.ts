import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { RuntimeError } from '../runtime.ts';
import { type DockerContext, runtimeError } from './context.ts';

/**
 * A TCP connection to `localhost:port` inside the sandbox's network namespace, as a port-forward promises: programs that
 * listen on loopback alone are reached too. Needs `nsenter` and `socat`, which the node image has.
 */
export async function portForward(context: DockerContext, sandboxId: string, port: number): Promise<Duplex> {
  let pid: number;
  let hostNetwork: boolean;
  try {
    const found = await context.docker.getContainer(sandboxId).inspect();
    pid = found.State.Pid;
    hostNetwork = found.HostConfig.NetworkMode === 'host';
  } catch (failure) {
    throw runtimeError('not-found', failure);
  }
  if (pid <= 0) throw new RuntimeError('not-found', `the sandbox ${sandboxId} is not running`);
  if (hostNetwork) return connected(port);
  const child = spawn('nsenter', ['-t', String(pid), '-n', 'socat', '-', `TCP4:localhost:${port}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8');
  });
  // Writing to one that is gone is no news: its exit says why.
  child.stdin.on('error', () => undefined);
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy(failure, done) {
      child.kill('SIGKILL');
      done(failure);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.once('error', (failure) => stream.destroy(failure));
  // The end of its output alone does not tell a connection that is over from one that was refused.
  child.once('close', (code) => {
    if (code === 0 || code === null) stream.push(null);
    else stream.destroy(new RuntimeError('unavailable', complaint.trim() || `socat exited with ${code}`));
  });
  return stream;
}

function connected(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', (failure) => reject(new RuntimeError('unavailable', failure.message, failure)));
  });
}
