import { PassThrough, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Status } from '../../../api/types/meta-v1.ts';
import type { RemoteStreams, StreamRequest } from './remote.ts';

/** Subprotocols of exec and attach over WebSocket, newest first (kubelet pkg/cri/streaming/remotecommand/websocket.go). */
export const execProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
] as const;

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Each message is one channel number and then bytes (or, in the base64 variants, a digit and then base64 text). */
export function websocketStreams(socket: WebSocket, request: StreamRequest): RemoteStreams {
  const protocol = socket.protocol;
  const base64 = protocol.includes('base64');
  const structured = protocol.startsWith('v4') || protocol.startsWith('v5');
  const stdin = request.stdin ? new PassThrough() : undefined;
  const resizers: ((columns: number, rows: number) => void)[] = [];
  let size: { Width: number; Height: number } | undefined;

  const send = (number: number, data: Buffer): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) {
        resolve();
        return;
      }
      const message = base64 ? `${number}${data.toString('base64')}` : Buffer.concat([Buffer.of(number), data]);
      socket.send(message, () => resolve());
    });
  const output = (number: number): Writable =>
    new Writable({ write: (chunk: Buffer, _encoding, done) => void send(number, chunk).then(() => done(), done) });

  socket.on('message', (raw: Buffer) => {
    if (raw.length === 0) return;
    const number = base64 ? Number(String.fromCharCode(raw[0] ?? 0)) : (raw[0] ?? 0);
    const data = base64 ? Buffer.from(raw.subarray(1).toString('latin1'), 'base64') : raw.subarray(1);
    if (number === channel.stdin) stdin?.write(data);
    else if (number === channel.resize) {
      size = JSON.parse(data.toString('utf8')) as { Width: number; Height: number };
      for (const listener of resizers) listener(size.Width, size.Height);
    } else if (number === channel.close && protocol.startsWith('v5') && data[0] === channel.stdin) stdin?.end();
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      stdin?.end();
      resolve();
    });
    socket.on('error', () => undefined);
  });

  return {
    stdin,
    stdout: request.stdout ? output(channel.stdout) : undefined,
    stderr: request.stderr ? output(channel.stderr) : undefined,
    onResize(listener) {
      resizers.push(listener);
      // The first size comes with the connection, before there is a process to have it.
      if (size !== undefined) listener(size.Width, size.Height);
    },
    async finish(status: Status) {
      // Before v4 the error channel carried plain text, and nothing for success.
      const text = structured ? JSON.stringify(status) : status.status === 'Success' ? '' : (status.message ?? '');
      if (text !== '') await send(channel.error, Buffer.from(text));
      socket.close(1000);
    },
    closed,
  };
}
