import type { Pod } from './types/core-v1.ts';

/** A port of the node that a pod takes. */
export interface HostPort {
  /** `0.0.0.0` stands for all. */
  hostIP: string;
  protocol: string;
  hostPort: number;
  containerPort: number;
}

const everyAddress = '0.0.0.0';

/** Ports of the node that the pod takes: those of containers and sidecars (upstream's `GetHostPorts`). */
export function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  return [...(spec?.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, containerPort, hostIP = '', protocol = 'TCP' }) =>
      hostPort > 0 ? [{ hostIP: hostIP === '' ? everyAddress : hostIP, protocol, hostPort, containerPort }] : [],
    ),
  );
}

/** Whether a port on `ip` clashes with the same one on these addresses (upstream's `HostPortInfo.CheckConflict`). */
export const addressesClash = (ip: string, others: Pick<ReadonlyMap<string, unknown>, 'size' | 'has'>): boolean =>
  others.size > 0 && (ip === everyAddress || others.has(everyAddress) || others.has(ip));

/** Whether a pod wants a port that one of the others has. */
export function hostPortsClash(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return false;
  const taken = others.flatMap(hostPortsOf);
  return wanted.some(({ hostIP, protocol, hostPort }) => {
    const same = taken.filter((other) => other.protocol === protocol && other.hostPort === hostPort);
    return addressesClash(hostIP, new Set(same.map((other) => other.hostIP)));
  });
}
