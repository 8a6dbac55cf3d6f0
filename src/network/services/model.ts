import { hostPortsOf } from '../../api/host-ports.ts';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';

/** This node, as far as the choice of backends depends on it. */
export interface Place {
  nodeName: string;
  zone: string | undefined;
}

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
  /** What serves anywhere in the cluster (near this node, where the service wishes so), and what serves on this node. */
  cluster: Backend[];
  local: Backend[];
  /** Whether traffic from inside and from outside may only go to this node's backends. */
  internalLocal: boolean;
  externalLocal: boolean;
}

/** Where a load balancer asks whether this node has backends of a service. */
export interface HealthCheck {
  namespace: string;
  name: string;
  port: number;
  localEndpoints: number;
}

export interface HostPort {
  protocol: 'tcp' | 'udp' | 'sctp';
  /** Undefined: all of the node's. */
  hostIP: string | undefined;
  hostPort: number;
  ip: string;
  port: number;
}

const SERVICE_NAME = 'kubernetes.io/service-name';
/** Services of another proxy's, and those that are said to be headless, are none of this one's (upstream's informer selector). */
const notOurs = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];

/** Groups slices by `namespace/service`. */
export const sliceServiceKey = (slice: EndpointSlice): string =>
  `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME] ?? ''}`;

interface Candidate extends Backend {
  ready: boolean;
  /** Still serving while it terminates (KEP-1669). */
  draining: boolean;
  zones: readonly string[];
  nodes: readonly string[];
}

function candidatesOf(slices: readonly EndpointSlice[], portName: string, protocol: string, { nodeName }: Place): Candidate[] {
  const found: Candidate[] = [];
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const port = slice.ports?.find((one) => (one.name ?? '') === portName && (one.protocol ?? 'TCP') === protocol)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, hints, nodeName: on } of slice.endpoints ?? []) {
      const ip = addresses[0];
      if (ip === undefined) continue;
      const { ready = true, serving = ready, terminating = false } = conditions ?? {};
      found.push({
        ip,
        port,
        local: on === nodeName,
        ready,
        draining: serving && terminating,
        zones: (hints?.forZones ?? []).map(({ name }) => name),
        nodes: (hints?.forNodes ?? []).map(({ name }) => name),
      });
    }
  }
  // One order for the same set, so that an unchanged service gives unchanged rules.
  return found.sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port));
}

/** Ready ones, or where none is ready those that are draining, as kube-proxy chooses them. */
const serving = (candidates: readonly Candidate[]): Candidate[] => {
  const ready = candidates.filter((one) => one.ready);
  return ready.length > 0 ? ready : candidates.filter((one) => one.draining);
};

/** Those hinted to be for this node, or for its zone; all where not all have hints, or none is for here (upstream's `topologyModeFromHints`). */
function near(candidates: readonly Candidate[], { nodeName, zone }: Place): readonly Candidate[] {
  for (const [hintsOf, here] of [
    [({ nodes }: Candidate) => nodes, nodeName],
    [({ zones }: Candidate) => zones, zone],
  ] as const) {
    if (here === undefined || candidates.some((one) => hintsOf(one).length === 0)) continue;
    const close = candidates.filter((one) => hintsOf(one).includes(here));
    if (close.length > 0) return close;
  }
  return candidates;
}

const backends = (candidates: readonly Candidate[]): Backend[] => candidates.map(({ ip, port, local }) => ({ ip, port, local }));

/** What this node's rules must do for a service; nothing for headless and ExternalName services and for those of other proxies. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], place: Place): ServicePort[] {
  const { metadata, spec, status } = service;
  if (spec === undefined || spec.type === 'ExternalName' || (spec.clusterIP ?? '') === '' || spec.clusterIP === 'None') return [];
  if (notOurs.some((label) => metadata.labels?.[label] !== undefined)) return [];
  const balancerIPs = (status?.loadBalancer?.ingress ?? []).filter((one) => (one.ipMode ?? 'VIP') === 'VIP').flatMap((one) => one.ip ?? []);
  return (spec.ports ?? []).map((port) => {
    const { name = '', protocol = 'TCP' } = port;
    const candidates = candidatesOf(slices, name, protocol, place);
    return {
      id: `${metadata.namespace}/${metadata.name}:${name}`,
      protocol: protocol.toLowerCase() as ServicePort['protocol'],
      port: port.port,
      clusterIPs: (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter((ip) => ip.includes('.')),
      externalIPs: [...(spec.externalIPs ?? []), ...balancerIPs].filter((ip) => ip.includes('.')),
      nodePort: port.nodePort,
      affinitySeconds: spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined,
      cluster: backends(near(serving(candidates), place)),
      local: backends(serving(candidates.filter((one) => one.local))),
      internalLocal: spec.internalTrafficPolicy === 'Local',
      externalLocal: spec.externalTrafficPolicy === 'Local',
    };
  });
}

/** The health check of a service that keeps its traffic on the node which it comes to. */
export function healthCheckOf(service: Service, slices: readonly EndpointSlice[], { nodeName }: Place): HealthCheck | undefined {
  const { metadata, spec } = service;
  const port = spec?.healthCheckNodePort ?? 0;
  if (port === 0 || spec?.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') return undefined;
  const local = slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter((one) => one.nodeName === nodeName && one.conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses[0] ?? []);
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '', port, localEndpoints: new Set(local).size };
}

/** Host ports of the pods that run on this node. */
export function hostPorts(pods: readonly Pod[]): HostPort[] {
  return pods.flatMap((pod) => {
    const ip = pod.status?.podIP ?? '';
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (ip === '' || over || pod.spec?.hostNetwork === true) return [];
    return hostPortsOf(pod).map(({ hostIP, hostPort, containerPort, protocol }) => ({
      protocol: protocol.toLowerCase() as HostPort['protocol'],
      hostIP: hostIP === '0.0.0.0' ? undefined : hostIP,
      hostPort,
      ip,
      port: containerPort,
    }));
  });
}
