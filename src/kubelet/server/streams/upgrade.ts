import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export type WebSocketUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<WebSocket>;

/**
 * Names of subprotocols are tokens, which have no slash, and the library refuses requests that offer another. Kubernetes'
 * `SPDY/3.1+portforward.k8s.io` has one: it stands as this, a token's character that no protocol of Kubernetes uses.
 */
const slash = '|';

/** Answers upgrades to WebSockets with the first offered protocol that is one of `protocols`. */
export function webSocketUpgrade(protocols: readonly string[]): WebSocketUpgrade {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => [...offered].map((name) => name.replaceAll(slash, '/')).find((name) => protocols.includes(name)) ?? false,
  });
  return (request, socket, head) => {
    const offered = request.headers['sec-websocket-protocol'];
    if (offered !== undefined) request.headers['sec-websocket-protocol'] = offered.replaceAll('/', slash);
    return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
  };
}
