import { PassThrough, Readable } from 'node:stream';
import type { Container, ExecSession, LogOptions } from '../runtime.ts';
import { runtimeLabels } from '../runtime.ts';

/** What a shell gives for a command that is there but cannot be run. */
const cannotRun = 126;

/** There is no process to run a command in: says so and ends. */
export function simulatedExec({ name, labels }: Container): ExecSession {
  const pod = `${labels[runtimeLabels.podNamespace]}/${labels[runtimeLabels.podName]}`;
  const stdin = new PassThrough();
  stdin.resume();
  return {
    stdin,
    stdout: Readable.from([]),
    stderr: Readable.from([Buffer.from(`container ${name} of pod ${pod} is simulated: there is nothing to run a command in\n`)]),
    resize: async () => undefined,
    exit: Promise.resolve(cannotRun),
    close: () => stdin.destroy(),
  };
}

/** One line for the start and one for the end; with `follow` the stream stays open until then. */
export function simulatedLogs({ name, attempt, startedAt }: Container, options: LogOptions, ended: Promise<void>): Readable {
  const line = `simulated container ${name} started, attempt ${attempt}`;
  const shown = startedAt !== undefined && options.tailLines !== 0 && (options.since === undefined || startedAt >= options.since);
  const stamp = options.timestamps && startedAt !== undefined ? `${new Date(startedAt).toISOString().replace('Z', '000000Z')} ` : '';
  const stream = new PassThrough();
  if (shown) stream.write(`${stamp}${line}\n`);
  if (!options.follow) stream.end();
  else {
    void ended.then(() => stream.end());
    options.signal.addEventListener('abort', () => stream.end(), { once: true });
  }
  return stream;
}
