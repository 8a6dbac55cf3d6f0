import type { Duplex } from 'node:stream';
import type { Status } from '../../../api/types/meta-v1.ts';
import type { RemoteStreams, StreamRequest } from './remote.ts';
import { type SpdyStream, spdyHeader, spdyServer } from './spdy.ts';

/** Versions of the remote command protocol over SPDY, as `X-Stream-Protocol-Version` names them. */
export const spdyExecProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io'] as const;

/** Resolves when the client has opened every stream that its request and protocol version call for. */
export function spdyStreams(socket: Duplex, request: StreamRequest, protocol: string): Promise<RemoteStreams> {
  const streams = new Map<string, SpdyStream>();
  const structured = protocol.startsWith('v4') || protocol.startsWith('v5');
  const wanted = ['error', ...(['stdin', 'stdout', 'stderr'] as const).filter((name) => request[name])];
  if (request.tty && !protocol.startsWith('v2')) wanted.push('resize');
  return new Promise((resolve, reject) => {
    const { closed } = spdyServer(socket, (stream) => {
      streams.set((spdyHeader(stream, 'streamtype') ?? '').toLowerCase(), stream);
      if (wanted.every((name) => streams.has(name))) resolve(remote(streams, structured, socket, closed));
    });
    void closed.then(() => reject(new Error('the client went away before it had opened its streams')));
  });
}

function remote(streams: Map<string, SpdyStream>, structured: boolean, socket: Duplex, closed: Promise<void>): RemoteStreams {
  const error = streams.get('error');
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    onResize(listener) {
      // Sizes come as a row of JSON objects.
      let text = '';
      streams.get('resize')?.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
          const size = JSON.parse(text.slice(0, end + 1)) as { Width: number; Height: number };
          text = text.slice(end + 1);
          listener(size.Width, size.Height);
        }
      });
    },
    async finish(status: Status) {
      const text = structured ? JSON.stringify(status) : status.status === 'Success' ? '' : (status.message ?? '');
      const ends = [streams.get('stdout'), streams.get('stderr')].map((stream) => ended(stream));
      if (error !== undefined) {
        if (text !== '') error.write(text);
        ends.push(ended(error));
      }
      await Promise.all(ends);
      // The client hangs up once it has read the status.
      streams.get('stdin')?.resume();
      await Promise.race([closed, new Promise<void>((resolve) => socket.once('end', resolve))]);
      socket.end();
    },
    closed,
  };
}

const ended = (stream: Duplex | undefined): Promise<void> =>
  stream === undefined || stream.destroyed || stream.writableEnded
    ? Promise.resolve()
    : new Promise((resolve) => stream.end(() => resolve()));
