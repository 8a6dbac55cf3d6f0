import { type RawData, WebSocket } from 'ws';
import { ApiError } from '../api/status.ts';
import type { Status } from '../api/types/meta-v1.ts';
import { messageOf } from '../util/errors.ts';
import type { Access } from './pod-log.ts';
import { errorFromBody, transportError } from './transport.ts';

export interface PodExecOptions {
  namespace: string;
  pod: string;
  container: string;
  command: string[];
  /** The user's terminal, in raw mode for as long as this lasts. */
  terminal: Terminal;
  signal?: AbortSignal;
}

export interface Terminal {
  onInput(listener: (data: Buffer) => void): () => void;
  write(data: Buffer): void;
  size(): { columns: number; rows: number };
  onResize(listener: () => void): () => void;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/**
 * Runs a command in a container with a terminal, as `kubectl exec -it` does, and resolves to its exit code. Fails with
 * `ApiError` when it could not be run. Protocol: v5.channel.k8s.io (kubelet pkg/cri/streaming/remotecommand/websocket.go).
 */
export function execInPod(access: Access, options: PodExecOptions): Promise<number> {
  const { namespace, pod, container, command, terminal, signal } = options;
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', tty: 'true' });
  for (const part of command) query.append('command', part);
  const url = new URL(`/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`, access.server);
  url.protocol = 'wss:';
  const { ca, cert, key } = access;
  const socket = new WebSocket(url, ['v5.channel.k8s.io', 'v4.channel.k8s.io'], { ca, cert, key });
  const send = (number: number, data: Buffer): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.concat([Buffer.of(number), data]));
  };
  const sendSize = (): void => {
    const { columns, rows } = terminal.size();
    send(channel.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
  };
  return new Promise((resolve, reject) => {
    let status: Status | undefined;
    const undo: (() => void)[] = [];
    const onAbort = (): void => socket.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    undo.push(() => signal?.removeEventListener('abort', onAbort));
    socket.once('open', () => {
      sendSize();
      undo.push(
        terminal.onInput((data) => send(channel.stdin, data)),
        terminal.onResize(sendSize),
      );
    });
    socket.on('message', (raw: RawData) => {
      const message = bufferOf(raw);
      const data = message.subarray(1);
      if (message[0] === channel.stdout || message[0] === channel.stderr) terminal.write(data);
      else if (message[0] === channel.error) status = JSON.parse(data.toString()) as Status;
    });
    socket.once('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => reject(errorFromBody(response.statusCode ?? 500, parsed(Buffer.concat(chunks).toString()))));
    });
    socket.once('error', (cause) => reject(transportError(`exec in ${pod}: ${messageOf(cause)}`, cause)));
    socket.once('close', () => {
      for (const each of undo) each();
      const code = exitCode(status);
      if (code !== undefined) resolve(code);
      else
        reject(
          status === undefined
            ? new ApiError('ServiceUnavailable', `the connection to ${pod} ended`)
            : errorFromBody(status.code ?? 500, status),
        );
    });
  });
}

/** Of a command that ran; absent when it could not be. */
function exitCode(status: Status | undefined): number | undefined {
  if (status?.status === 'Success') return 0;
  const cause = status?.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  return cause === undefined ? undefined : Number(cause.message);
}

const bufferOf = (raw: RawData): Buffer => (Buffer.isBuffer(raw) ? raw : Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
