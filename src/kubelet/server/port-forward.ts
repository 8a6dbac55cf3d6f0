import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { messageOf } from '../../util/errors.ts';
import { type SpdyStream, spdyHeader, spdyServer } from './streams/spdy.ts';

export type Dial = (port: number) => Promise<Duplex>;

/** Over SPDY a connection is a pair of streams, `data` and `error`, that share a request id. */
export function spdyPortForward(socket: Duplex, dial: Dial): Promise<void> {
  const waiting = new Map<string, { data?: SpdyStream; error?: SpdyStream }>();
  const { closed } = spdyServer(socket, (stream) => {
    const port = Number(spdyHeader(stream, 'port'));
    const id = spdyHeader(stream, 'requestid') ?? String(port);
    const pair = waiting.get(id) ?? {};
    waiting.set(id, pair);
    if ((spdyHeader(stream, 'streamtype') ?? '').toLowerCase() === 'error') pair.error = stream;
    else pair.data = stream;
    if (pair.data === undefined || pair.error === undefined) return;
    waiting.delete(id);
    void forward(pair.data, pair.error, port, dial);
  });
  return closed;
}

async function forward(data: SpdyStream, error: SpdyStream, port: number, dial: Dial): Promise<void> {
  const fail = (thrown: unknown): void => {
    error.end(`error forwarding port ${port} to pod: ${messageOf(thrown)}`);
    data.end();
  };
  let connection: Duplex;
  try {
    connection = await dial(port);
  } catch (thrown) {
    fail(thrown);
    return;
  }
  connection.once('error', fail);
  connection.pipe(data);
  data.pipe(connection);
  data.once('close', () => connection.destroy());
  connection.once('end', () => error.end());
}

/**
 * The older WebSocket form (`v4.channel.k8s.io`): for each port of the query a data and an error channel, each of which
 * first carries the port as two little-endian bytes.
 */
export function websocketPortForward(socket: WebSocket, ports: number[], dial: Dial): Promise<void> {
  const base64 = socket.protocol.includes('base64');
  const send = (channel: number, data: Buffer): void => {
    if (socket.readyState === socket.OPEN)
      socket.send(base64 ? `${channel}${data.toString('base64')}` : Buffer.concat([Buffer.of(channel), data]));
  };
  const connections = ports.map((port, index) => {
    const header = Buffer.alloc(2);
    header.writeUInt16LE(port);
    send(index * 2, header);
    send(index * 2 + 1, header);
    const opened = dial(port);
    opened.then(
      (connection) => {
        connection.on('data', (chunk: Buffer) => send(index * 2, chunk));
        connection.once('error', (failure) => send(index * 2 + 1, Buffer.from(failure.message)));
        connection.once('end', () => socket.close(1000));
      },
      (thrown: unknown) => send(index * 2 + 1, Buffer.from(messageOf(thrown))),
    );
    return opened;
  });
  socket.on('message', (raw: Buffer) => {
    const channel = base64 ? Number(String.fromCharCode(raw[0] ?? 0)) : (raw[0] ?? 0);
    const data = base64 ? Buffer.from(raw.subarray(1).toString('latin1'), 'base64') : raw.subarray(1);
    if (channel % 2 === 0) void connections[channel / 2]?.then((connection) => connection.write(data)).catch(() => undefined);
  });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => {
      for (const opened of connections) void opened.then((connection) => connection.destroy()).catch(() => undefined);
      resolve();
    });
  });
}
