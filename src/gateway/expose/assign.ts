import { portsExposed, portsToExpose } from '../../api/exposed.ts';
import { keyOf } from '../../api/object.ts';
import type { Service } from '../../api/types/core-v1.ts';

/** One port of a Service with the port of the user's machine that leads to it. */
export interface Exposure {
  service: Service;
  port: number;
  local: number;
}

export interface Assignment {
  exposures: Exposure[];
  /** Services with ports that none was left for. */
  refused: Service[];
}

/**
 * Gives the ports of the pool to the Services that want one. Who has one keeps it, the older of two that claim the same; what
 * is left goes by age and name.
 */
export function assignPorts(services: readonly Service[], pool: readonly number[]): Assignment {
  const byAge = services
    .filter((service) => service.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compare(keyOf(a), keyOf(b)));
  const free = new Set(pool);
  const exposures: Exposure[] = [];
  const open: { service: Service; port: number }[] = [];
  for (const service of byAge) {
    const given = portsExposed(service);
    for (const port of portsToExpose(service)) {
      const local = given.get(port);
      if (local !== undefined && free.delete(local)) exposures.push({ service, port, local });
      else open.push({ service, port });
    }
  }
  const refused = new Set<Service>();
  for (const { service, port } of open) {
    const [local] = free;
    if (local === undefined) {
      refused.add(service);
      continue;
    }
    free.delete(local);
    exposures.push({ service, port, local });
  }
  return { exposures, refused: [...refused] };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
