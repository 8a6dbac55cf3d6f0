import { createServer } from 'node:net';
import { ShoalError } from '../util/errors.ts';
import type { NodeState } from './provider.ts';

/**
 * Where the search for a free port begins. All below 32768, where Linux begins to give out ports of its own accord: these must
 * be free again after a reboot.
 */
export const firstPorts = { apiServer: 6443, gateway: 8080, pool: 9080, registry: 5000 } as const;
const searchSpan = 1000;

/** Whether a TCP port can be listened on at `host` of this machine. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Ports that node containers publish or, while they are stopped, will publish again. */
export const claimedPorts = (nodes: readonly NodeState[]): Set<number> =>
  new Set(nodes.flatMap((node) => node.ports.map((port) => port.hostPort)));

export interface PortWish {
  host: string;
  /** 0: the first free one from `from` upwards. */
  port: number;
  from: number;
  /** What it is for, for the error. */
  purpose: string;
}

/** Settles one port. Throws PORT_TAKEN when the port that was asked for is not free. */
export async function pickPort(wish: PortWish, claimed: ReadonlySet<number>, free: typeof isFree = isFree): Promise<number> {
  if (wish.port !== 0) {
    if (!claimed.has(wish.port) && (await free(wish.host, wish.port))) return wish.port;
    throw new ShoalError('PORT_TAKEN', `port ${wish.port} of ${wish.host}, asked for as ${wish.purpose}, is in use`, {
      next: 'Free it, or set another one in cluster.yaml (0 lets Shoal choose).',
    });
  }
  for (let port = wish.from; port < wish.from + searchSpan; port++) {
    if (!claimed.has(port) && (await free(wish.host, port))) return port;
  }
  throw new ShoalError(
    'PORT_TAKEN',
    `no port from ${wish.from} to ${wish.from + searchSpan - 1} of ${wish.host} is free for ${wish.purpose}`,
    {
      next: 'Set one in cluster.yaml.',
    },
  );
}
