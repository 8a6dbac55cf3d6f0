import { createServer, type Server, type Socket } from 'node:net';

export interface Forwarders {
  /** Listens at exactly these ports. */
  set(ports: ReadonlySet<number>): void;
  close(): void;
}

/**
 * TCP listeners that pass each connection on, both ways, half-closed ends included.
 *
 * @param open the connection behind a port; rejects when there is nobody to answer.
 */
export function createForwarders(
  host: string,
  open: (port: number) => Promise<Socket>,
  fault: (port: number, thrown: unknown) => void,
): Forwarders {
  const servers = new Map<number, { server: Server; sockets: Set<Socket> }>();

  const listen = (port: number): void => {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (incoming) => {
      sockets.add(incoming);
      incoming.once('close', () => sockets.delete(incoming));
      incoming.on('error', () => incoming.destroy());
      void join(incoming, () => open(port)).catch((thrown: unknown) => {
        incoming.resetAndDestroy();
        fault(port, thrown);
      });
    });
    server.on('error', (thrown) => fault(port, thrown));
    server.listen(port, host);
    servers.set(port, { server, sockets });
  };
  const stop = (port: number): void => {
    const found = servers.get(port);
    servers.delete(port);
    found?.server.close();
    for (const socket of found?.sockets ?? []) socket.destroy();
  };
  return {
    set(ports) {
      for (const port of [...servers.keys()]) if (!ports.has(port)) stop(port);
      for (const port of ports) if (!servers.has(port)) listen(port);
    },
    close() {
      for (const port of [...servers.keys()]) stop(port);
    },
  };
}

async function join(incoming: Socket, open: () => Promise<Socket>): Promise<void> {
  const outgoing = await open();
  outgoing.on('error', () => incoming.destroy());
  incoming.once('close', () => outgoing.destroy());
  if (incoming.destroyed) {
    outgoing.destroy();
    return;
  }
  incoming.pipe(outgoing);
  outgoing.pipe(incoming);
}
