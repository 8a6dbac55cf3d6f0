import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ApiBody } from '../../api/http.ts';

/** How pieces of a stream are sent: as they are, or as text in base64 (upstream's wsstream.Reader). */
const protocols: readonly string[] = ['binary.k8s.io', 'base64.binary.k8s.io'];

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: (offered) => [...offered].find((name) => protocols.includes(name)) ?? false,
});

export const isWebSocket = ({ headers }: IncomingMessage): boolean => (headers.upgrade ?? '').toLowerCase() === 'websocket';

/** Sends the answer to a request that asked for a WebSocket: an event of a watch is one message, of a log each piece that comes. */
export async function respondOverWebSocket(body: ApiBody, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const client = await new Promise<WebSocket>((resolve) => server.handleUpgrade(incoming, socket, head, resolve));
  client.on('error', () => client.terminate());
  const base64 = client.protocol === 'base64.binary.k8s.io';
  try {
    for await (const piece of piecesOf(body)) {
      if (client.readyState !== client.OPEN) return;
      const message = typeof piece !== 'string' && base64 ? piece.toString('base64') : piece;
      // The next piece is asked for when this one is on its way.
      await new Promise<void>((resolve) => client.send(message, () => resolve()));
    }
  } finally {
    client.close(1000);
  }
}

async function* piecesOf(body: ApiBody): AsyncIterable<Buffer | string> {
  if (body.kind === 'watch') {
    for await (const { type, object } of body.events) yield JSON.stringify({ type, object });
  } else if (body.kind === 'object') yield Buffer.from(JSON.stringify(body.value));
  else if (typeof body.data === 'string' || Buffer.isBuffer(body.data)) yield Buffer.from(body.data);
  else for await (const chunk of body.data) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
}
