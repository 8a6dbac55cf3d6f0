import type { Service, ServicePort } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';

export interface Backend {
  ip: string;
  port: number;
  pod: string | undefined;
  node: string | undefined;
}

/** The service's port by name or number; without one, the port named `http`, or one that speaks it, or the first. */
export function choosePort(service: Service, wanted: string | undefined): ServicePort | undefined {
  const ports = (service.spec?.ports ?? []).filter((port) => (port.protocol ?? 'TCP') === 'TCP');
  if (wanted !== undefined) return ports.find((port) => port.name === wanted || String(port.port) === wanted);
  return ports.find((port) => port.name === 'http' || port.appProtocol === 'http') ?? ports.find((port) => port.port === 80) ?? ports[0];
}

/** Ready endpoints of the port; where none is ready, those that still serve while they terminate. */
export function backendsOf(slices: readonly EndpointSlice[], port: ServicePort): Backend[] {
  const ready: Backend[] = [];
  const draining: Backend[] = [];
  for (const slice of slices) {
    const number = slice.ports?.find((one) => (one.name ?? '') === (port.name ?? ''))?.port;
    if (number === undefined || slice.addressType === 'FQDN') continue;
    for (const endpoint of slice.endpoints ?? []) {
      const pod = endpoint.targetRef?.kind === 'Pod' ? endpoint.targetRef.name : undefined;
      const backend = { ip: endpoint.addresses[0] ?? '', port: number, pod, node: endpoint.nodeName };
      if (endpoint.conditions?.ready !== false) ready.push(backend);
      else if (endpoint.conditions.serving === true && endpoint.conditions.terminating === true) draining.push(backend);
    }
  }
  return ready.length > 0 ? ready : draining;
}
