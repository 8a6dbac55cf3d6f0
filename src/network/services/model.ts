import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';

/** One address and port that traffic to a service port may be sent to. */
export interface Backend {
  ip: string;
  port: number;
  /** On this node. */
  local: boolean;
}

/** One port of one service with where it listens and where it sends. */
export interface ServicePort {
  /** `namespace/name:port name`. */
  id: string;
  protocol: 'tcp' | 'udp' | 'sctp';
  port: number;
  clusterIPs: string[];
  externalIPs: string[];
  nodePort: number | undefined;
  /** Seconds; undefined is no affinity. */
  affinitySeconds: number | undefined;
  /** For traffic from inside and from outside: the whole cluster's backends or this node's, by traffic policy. */
  internal: Backend[];
  external: Backend[];
  externalLocal: boolean;
}

export interface HostPort {
  protocol: 'tcp' | 'udp' | 'sctp';
  hostIP: string | undefined;
  hostPort: number;
  ip: string;
  port: number;
}

const SERVICE_NAME = 'kubernetes.io/service-name';

/** Groups slices by `namespace/service`. */
export const sliceServiceKey = (slice: EndpointSlice): string =>
  `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME] ?? ''}`;

/**
 * The backends of one service port: ready endpoints, or where none is ready those that still serve while terminating
 * (KEP-1669), as kube-proxy chooses them.
 */
function backendsOf(slices: readonly EndpointSlice[], portName: string, nodeName: string, onlyLocal: boolean): Backend[] {
  const ready: Backend[] = [];
  const draining: Backend[] = [];
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const port = slice.ports?.find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const local = endpoint.nodeName === nodeName;
      const ip = endpoint.addresses[0];
      if (ip === undefined || (onlyLocal && !local)) continue;
      const { ready: isReady = true, serving = isReady, terminating = false } = endpoint.conditions ?? {};
      if (isReady) ready.push({ ip, port, local });
      else if (serving && terminating) draining.push({ ip, port, local });
    }
  }
  const chosen = ready.length > 0 ? ready : draining;
  // One order for the same set, so that an unchanged service gives unchanged rules.
  return chosen.sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port));
}

/** What this node's rules must do for a service; nothing for headless and ExternalName services. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], nodeName: string): ServicePort[] {
  const spec = service.spec;
  if (
    spec === undefined ||
    spec.type === 'ExternalName' ||
    spec.clusterIP === undefined ||
    spec.clusterIP === 'None' ||
    spec.clusterIP === ''
  )
    return [];
  const externalLocal = spec.externalTrafficPolicy === 'Local';
  const balancerIPs = (service.status?.loadBalancer?.ingress ?? [])
    .filter((one) => (one.ipMode ?? 'VIP') === 'VIP')
    .flatMap((one) => one.ip ?? []);
  return (spec.ports ?? []).map((port) => {
    const name = port.name ?? '';
    return {
      id: `${service.metadata.namespace}/${service.metadata.name}:${name}`,
      protocol: (port.protocol ?? 'TCP').toLowerCase() as ServicePort['protocol'],
      port: port.port,
      clusterIPs: (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter((ip) => ip.includes('.')),
      externalIPs: [...(spec.externalIPs ?? []), ...balancerIPs].filter((ip) => ip.includes('.')),
      nodePort: port.nodePort,
      affinitySeconds: spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined,
      internal: backendsOf(slices, name, nodeName, spec.internalTrafficPolicy === 'Local'),
      external: backendsOf(slices, name, nodeName, externalLocal),
      externalLocal,
    };
  });
}

/** Host ports of the pods that run on this node. */
export function hostPorts(pods: readonly Pod[]): HostPort[] {
  return pods.flatMap((pod) => {
    const ip = pod.status?.podIP;
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (ip === undefined || ip === '' || over || pod.spec?.hostNetwork === true) return [];
    const containers = [
      ...(pod.spec?.containers ?? []),
      ...(pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always'),
    ];
    return containers.flatMap((container) =>
      (container.ports ?? []).flatMap((port) =>
        port.hostPort === undefined || port.hostPort === 0
          ? []
          : [
              {
                protocol: (port.protocol ?? 'TCP').toLowerCase() as HostPort['protocol'],
                hostIP: port.hostIP === '' || port.hostIP === '0.0.0.0' ? undefined : port.hostIP,
                hostPort: port.hostPort,
                ip,
                port: port.containerPort,
              },
            ],
      ),
    );
  });
}
