import type { Readable, Writable } from 'node:stream';
import type { Status } from '../../../api/types/meta-v1.ts';

/** What a client asked to have connected, by the query of `/exec` and `/attach`. */
export interface StreamRequest {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** Both spellings are in use: `stdin=true` by clients of the API server, `input=1` by the kubelet's own. */
export function streamRequest(query: URLSearchParams): StreamRequest {
  const on = (...names: string[]): boolean => names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''));
  const tty = on('tty');
  // With a terminal there is one output stream, as upstream's servers have it.
  return { stdin: on('stdin', 'input'), stdout: on('stdout', 'output'), stderr: on('stderr', 'error') && !tty, tty };
}

/** The far end of an exec or attach, whichever protocol carries it. Absent streams were not asked for. */
export interface RemoteStreams {
  stdin: Readable | undefined;
  stdout: Writable | undefined;
  stderr: Writable | undefined;
  onResize(listener: (columns: number, rows: number) => void): void;
  /** Says how it ended, flushes and closes. */
  finish(status: Status): Promise<void>;
  /** Resolves when the connection is gone. */
  closed: Promise<void>;
}

export const success: Status = { metadata: {}, status: 'Success' };

/** The status that tells a client the exit code (k8s.io/apimachinery's NonZeroExitCode). */
export const exitStatus = (code: number): Status =>
  code === 0
    ? success
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };

export const failure = (message: string): Status => ({ metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 });

/** The first of `offered` that is in `known`, in the client's order of preference. */
export function negotiate(offered: string | undefined, known: readonly string[]): string | undefined {
  return (offered ?? '')
    .split(',')
    .map((name) => name.trim())
    .find((name) => known.includes(name));
}
