import type { Service } from '../../api/types/core-v1.ts';
import { createBitmap, portReserve } from './bitmap.ts';

/** Node ports in use. One number serves one Service, for all of that Service's protocols. */
export interface NodePorts {
  readonly range: { from: number; to: number };
  /** Takes a committed change of a Service into account; both for a change, `next` alone for a new one, `previous` for one that went. */
  committed(next: Service | undefined, previous: Service | undefined): void;
  /** Takes the port, or any when undefined. Throws Error with upstream's text when it cannot be had. */
  claim(port: number | undefined): number;
  /** Gives back what was claimed for a write that did not come about. */
  release(port: number): void;
}

export function createNodePorts(range: { from: number; to: number }, random: () => number): NodePorts {
  const size = range.to - range.from + 1;
  const bitmap = createBitmap(size, portReserve(size));
  const inRange = (port: number): boolean => port >= range.from && port <= range.to;
  /** How many stored Services have a port: while state is restored, one may have it already that another is about to lose. */
  const holders = new Map<number, number>();
  const release = (port: number): void => {
    if (!holders.has(port)) bitmap.release(port - range.from);
  };
  return {
    range,
    committed(next, previous) {
      for (const port of portsIn(next)) {
        holders.set(port, (holders.get(port) ?? 0) + 1);
        bitmap.take(port - range.from);
      }
      for (const port of portsIn(previous)) {
        const left = (holders.get(port) ?? 1) - 1;
        if (left > 0) holders.set(port, left);
        else holders.delete(port);
        release(port);
      }
    },
    claim(port) {
      if (port === undefined) {
        const offset = bitmap.takeNext(random);
        if (offset === undefined) throw new Error('range is full');
        return range.from + offset;
      }
      if (!inRange(port)) throw new Error(`provided port is not in the valid range. The range of valid ports is ${range.from}-${range.to}`);
      if (!bitmap.take(port - range.from)) throw new Error('provided port is already allocated');
      return port;
    },
    release,
  };

  function portsIn(service: Service | undefined): number[] {
    return service === undefined ? [] : [...nodePortsOf(service)].filter(inRange);
  }
}

/** Every node port that the Service has, its health check port included. */
export function nodePortsOf({ spec }: Service): Set<number> {
  const ports = new Set<number>();
  for (const { nodePort } of spec?.ports ?? []) if (nodePort !== undefined && nodePort !== 0) ports.add(nodePort);
  if (spec?.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return ports;
}
