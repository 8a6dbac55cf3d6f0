import type { Pod } from '../../api/types/core-v1.ts';
import { initContainers, isSidecar, mainContainers } from './pod.ts';

export interface HostPort {
  hostPort: number;
  containerPort: number;
  protocol: string;
  hostIP?: string;
}

/** The ports of the node that a pod's containers and sidecars ask for. */
export const hostPortsOf = (pod: Pod): HostPort[] =>
  [...mainContainers(pod), ...initContainers(pod).filter(isSidecar)]
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort = 0, containerPort, protocol = 'TCP', hostIP }) =>
      hostPort <= 0 ? [] : [{ hostPort, containerPort, protocol, ...(hostIP === undefined || hostIP === '' ? {} : { hostIP }) }],
    );

const anywhere = (address: string | undefined): boolean => address === undefined || address === '0.0.0.0';

/** Two pods cannot have the same port of the same protocol unless each has it on an address of its own. */
export const shareAHostPort = (some: readonly HostPort[], others: readonly HostPort[]): boolean =>
  some.some((a) =>
    others.some(
      (b) => a.hostPort === b.hostPort && a.protocol === b.protocol && (anywhere(a.hostIP) || anywhere(b.hostIP) || a.hostIP === b.hostIP),
    ),
  );
