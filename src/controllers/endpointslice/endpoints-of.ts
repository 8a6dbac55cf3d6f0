import type { Container, Node, Pod, Service, ServicePort } from '../../api/types/core-v1.ts';
import type { Endpoint, EndpointPort } from '../../api/types/discovery-v1.ts';
import { isDeleting, nameOf, namespaceOf, uidOf } from '../lib/objects.ts';
import { isReady, isTerminal } from '../lib/pods.ts';

/** Endpoints that share their ports, and so may share a slice. */
export interface EndpointGroup {
  ports: EndpointPort[];
  endpoints: Endpoint[];
}

export type AddressType = 'IPv4' | 'IPv6';

/** The address types that a service's slices are made for. */
export const addressTypesOf = (service: Service): AddressType[] => {
  const families = (service.spec?.ipFamilies ?? []).filter((family): family is AddressType => family === 'IPv4' || family === 'IPv6');
  return families.length > 0 ? families : [service.spec?.clusterIP?.includes(':') === true ? 'IPv6' : 'IPv4'];
};

export const podAddresses = (pod: Pod): string[] => {
  const all = (pod.status?.podIPs ?? []).map(({ ip }) => ip).filter((ip) => ip !== '');
  return all.length > 0 ? all : pod.status?.podIP === undefined || pod.status.podIP === '' ? [] : [pod.status.podIP];
};
export const addressType = (ip: string): AddressType => (ip.includes(':') ? 'IPv6' : 'IPv4');

/** The number that a service's port has in this pod, or undefined when its target is a name the pod does not declare. */
export function targetPortIn(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort !== 'string') return targetPort === undefined || targetPort === 0 ? port : targetPort;
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const declared = (container: Container) =>
    container.ports?.find((candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol)?.containerPort;
  return [...(pod.spec?.containers ?? []), ...sidecars].map(declared).find((found) => found !== undefined);
}

export const endpointPorts = (service: Service, pod: Pod): EndpointPort[] =>
  (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPortIn(pod, servicePort);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });

/** The address of one pod with its conditions: `ready` never while terminating, unless the service publishes all. */
export function endpointOf(service: Service, pod: Pod, addresses: string[], node: Node | undefined): Endpoint {
  const serving = isReady(pod);
  const terminating = isDeleting(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  const nodeName = pod.spec?.nodeName;
  const named = pod.spec?.hostname !== undefined && pod.spec.subdomain === nameOf(service) && namespaceOf(pod) === namespaceOf(service);
  const endpoint: Endpoint = {
    addresses,
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined || zone === '' ? {} : { zone }),
    ...(named && pod.spec?.hostname !== undefined ? { hostname: pod.spec.hostname } : {}),
  };
  const hints = ready ? hintsFor(service, endpoint) : undefined;
  return hints === undefined ? endpoint : { ...endpoint, hints };
}

/** What `trafficDistribution` makes of where the endpoint is. */
function hintsFor(service: Service, { zone, nodeName }: Endpoint): Endpoint['hints'] {
  const wish = service.spec?.trafficDistribution;
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] };
  if (wish === 'PreferClose' || wish === 'PreferSameZone') return zone === undefined ? undefined : forZones;
  if (wish === 'PreferSameNode' && nodeName !== undefined) return { ...forZones, forNodes: [{ name: nodeName }] };
  return undefined;
}

/**
 * The endpoints that `service` is to have of one address type, grouped by ports. A pod on a node that is not known (yet) is
 * left out unless the service publishes all addresses; `missingNodes` says so, for another look.
 */
export function groupEndpoints(
  service: Service,
  pods: readonly Pod[],
  type: AddressType,
  nodeOf: (name: string) => Node | undefined,
): { groups: EndpointGroup[]; missingNodes: boolean } {
  const groups = new Map<string, EndpointGroup>();
  let missingNodes = false;
  for (const pod of pods) {
    if (isTerminal(pod)) continue;
    const addresses = podAddresses(pod).filter((ip) => addressType(ip) === type);
    if (addresses.length === 0) continue;
    const node = nodeOf(pod.spec?.nodeName ?? '');
    if (node === undefined && service.spec?.publishNotReadyAddresses !== true) {
      missingNodes = true;
      continue;
    }
    const ports = endpointPorts(service, pod);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(service, pod, addresses, node));
  }
  return { groups: [...groups.values()], missingNodes };
}

/** Equal for ports that are the same in whatever order. */
export const portsKey = (ports: readonly EndpointPort[] | undefined): string =>
  (ports ?? [])
    .map(({ name = '', port, protocol = 'TCP', appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`)
    .sort()
    .join(',');
