import type { Service } from '../../api/types/core-v1.ts';
import { createBitmap, portReserve } from './bitmap.ts';

/** Node ports in use. One number serves one Service, for all of that Service's protocols. */
export interface NodePorts {
  readonly range: { from: number; to: number };
  /** Marks what a stored Service holds. */
  hold(service: Service): void;
  /** Takes the port, or any when undefined. Throws Error with upstream's text when it cannot be had. */
  claim(port: number | undefined): number;
  release(port: number): void;
}

export function createNodePorts(range: { from: number; to: number }, random: () => number): NodePorts {
  const size = range.to - range.from + 1;
  const bitmap = createBitmap(size, portReserve(size));
  const inRange = (port: number): boolean => port >= range.from && port <= range.to;
  return {
    range,
    hold(service) {
      for (const port of nodePortsOf(service)) if (inRange(port)) bitmap.take(port - range.from);
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
    release: (port) => bitmap.release(port - range.from),
  };
}

/** Every node port that the Service has, its health check port included. */
export function nodePortsOf({ spec }: Service): Set<number> {
  const ports = new Set<number>();
  for (const { nodePort } of spec?.ports ?? []) if (nodePort !== undefined && nodePort !== 0) ports.add(nodePort);
  if (spec?.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return ports;
}
