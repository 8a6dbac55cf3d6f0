import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { ContainerRuntime, ExecSession } from '../../../src/kubelet/runtime/runtime.ts';
import { serveExec } from '../../../src/kubelet/server/exec.ts';
import type { RemoteStreams } from '../../../src/kubelet/server/streams/remote.ts';

const request = { stdin: false, stdout: true, stderr: false, tty: false };

/** A process that writes `chunks` and ends at once with 0. */
function runtimeWriting(chunks: readonly string[]): ContainerRuntime {
  const stdout = new PassThrough();
  for (const chunk of chunks) stdout.write(chunk);
  stdout.end();
  const session: ExecSession = {
    stdin: undefined,
    stdout,
    stderr: undefined,
    resize: async () => undefined,
    exit: Promise.resolve(0),
    close: () => undefined,
  };
  return { exec: async () => session } as Partial<ContainerRuntime> as ContainerRuntime;
}

function clientBehind(stdout: Writable, closed: Promise<void>): RemoteStreams & { heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    stdin: undefined,
    stdout,
    stderr: undefined,
    onResize: () => undefined,
    finish: async (status) => void heard.push(String(status.status)),
    closed,
  };
}

test('a slow client gets all of the output before it learns the exit code', async () => {
  const chunks = Array.from({ length: 40 }, (_, index) => `chunk ${index} `.padEnd(1024));
  const remote = clientBehind(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        remote.heard.push(chunk.toString());
        setImmediate(done);
      },
    }),
    new Promise(() => undefined),
  );
  await serveExec(runtimeWriting(chunks), 'id', ['cat'], request, remote);
  expect(remote.heard).toEqual([...chunks, 'Success']);
});

test('a client that goes away while it is sent the output ends the wait', async () => {
  const gone = Promise.withResolvers<void>();
  const remote = clientBehind(new Writable({ write: () => gone.resolve() }), gone.promise);
  await serveExec(runtimeWriting(['never taken']), 'id', ['cat'], request, remote);
  await expect(gone.promise).resolves.toBeUndefined();
});
