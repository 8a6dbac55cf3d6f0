import type { Duplex } from 'node:stream';
import transport from 'spdy-transport';

/** One SPDY stream: a duplex with the headers that it was opened with. */
export interface SpdyStream extends Duplex {
  headers: Record<string, string | undefined>;
  respond(status: number, headers: Record<string, string>): void;
}

export interface SpdyConnection {
  on(event: 'stream', listener: (stream: SpdyStream) => void): void;
  on(event: 'error', listener: (failure: Error) => void): void;
  on(event: 'close', listener: () => void): void;
  start(version: number): void;
  _spdyState: { parser: HeaderParser; streamWindow: { send: { setMax(bytes: number): void } } };
}

type Headers = Record<string, string>;
interface HeaderParser {
  parseKVs(body: unknown, done: (failure: Error | null, headers?: Headers) => void): void;
}

const largestWindow = 0x7fff_ffff;

/**
 * The server side of SPDY over an upgraded connection. Kubernetes' Go clients (moby/spdystream) never send window
 * updates, so the windows are made as large as the protocol allows, and the session is started as SPDY/3, which has the
 * same frames as 3.1 but no window for the session as a whole.
 */
export function spdyServer(socket: Duplex, onStream: (stream: SpdyStream) => void): { closed: Promise<void> } {
  const connection = transport.connection.create(socket, {
    protocol: 'spdy',
    isServer: true,
    windowSize: largestWindow,
    maxChunk: 1 << 14,
  }) as SpdyConnection;
  acceptBareHeaders(connection._spdyState.parser);
  // There is an option for the window of what arrives, and none for that of what is sent.
  connection._spdyState.streamWindow.send.setMax(largestWindow);
  const closed = new Promise<void>((resolve) => {
    connection.on('close', resolve);
    connection.on('error', () => {
      socket.destroy();
      resolve();
    });
  });
  connection.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.respond(200, {});
    onStream(stream);
  });
  connection.start(3);
  return { closed };
}

/**
 * A Kubernetes stream has its `streamType` and nothing of HTTP, which the library takes for a broken frame: it is given the
 * method and path that it misses. There is no option for that, hence the reach into its parser.
 */
function acceptBareHeaders(parser: HeaderParser): void {
  const parse = parser.parseKVs.bind(parser);
  parser.parseKVs = (body, done) =>
    parse(body, (failure, headers) => done(failure, headers === undefined ? headers : { ':method': 'POST', ':path': '/', ...headers }));
}

/** Header names arrive in the case they were sent in; Go's clients send lower case. */
export function spdyHeader(stream: SpdyStream, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = Object.entries(stream.headers).find(([key]) => key.toLowerCase() === wanted);
  return found?.[1];
}
