import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { messageOf } from '../../util/errors.ts';
import type { ContainerRuntime, ExecSession } from '../runtime/runtime.ts';
import { exitStatus, failure, type RemoteStreams, type StreamRequest, success } from './streams/remote.ts';

/** Connects a client to a process until either ends; the client then learns the exit code. */
async function connect(
  remote: RemoteStreams,
  session: ExecSession,
  statusOf: (code: number) => ReturnType<typeof exitStatus>,
): Promise<void> {
  remote.onResize((columns, rows) => void session.resize(columns, rows));
  if (session.stdin !== undefined) remote.stdin?.pipe(session.stdin);
  const flushed: Promise<void>[] = [];
  const join = (from: Readable | undefined, to: Writable | undefined): void => {
    if (from === undefined) return;
    if (to === undefined) {
      from.resume();
      return;
    }
    from.pipe(to);
    // All of it has been sent, not only read: a client stops reading once it has the exit code.
    flushed.push(finished(to, { readable: false }));
  };
  join(session.stdout, remote.stdout);
  join(session.stderr, remote.stderr);
  const gone = remote.closed.then(() => 'gone' as const);
  const outcome = await Promise.race([gone, session.exit.then((code) => ({ code }))]);
  if (outcome === 'gone') {
    session.close();
    return;
  }
  // An output that breaks off is the end of the connection, which `gone` tells of.
  await Promise.race([gone, Promise.allSettled(flushed)]);
  await remote.finish(statusOf(outcome.code));
}

export async function serveExec(
  runtime: ContainerRuntime,
  id: string,
  command: string[],
  request: StreamRequest,
  remote: RemoteStreams,
): Promise<void> {
  let session: ExecSession;
  try {
    session = await runtime.exec(id, { command, tty: request.tty, stdin: request.stdin });
  } catch (thrown) {
    await remote.finish(failure(messageOf(thrown)));
    return;
  }
  await connect(remote, session, exitStatus);
}

/** Unlike exec, the end of an attach is success whatever the container's exit code was. */
export async function serveAttach(runtime: ContainerRuntime, id: string, request: StreamRequest, remote: RemoteStreams): Promise<void> {
  let session: ExecSession;
  try {
    session = await runtime.attach(id, { tty: request.tty, stdin: request.stdin });
  } catch (thrown) {
    await remote.finish(failure(messageOf(thrown)));
    return;
  }
  await connect(remote, session, () => success);
}
