import type { EndpointPort, Pod, Service } from '../../api/types/core-v1.ts';
import { addressType, addressTypesOf, endpointPorts, podAddresses } from './endpoints-of.ts';

/** Endpoints hold one address family only: the service's first. */
export const addressesOfPrimaryFamily = (service: Service, pod: Pod): string[] => {
  const family = addressTypesOf(service)[0];
  return podAddresses(pod).filter((ip) => addressType(ip) === family);
};

/** The same ports as in slices, in a stable order; Endpoints leave an empty name out. */
export const endpointPortsOf = (service: Service, pod: Pod): EndpointPort[] =>
  endpointPorts(service, pod)
    .map(({ name, port, ...rest }) => ({ ...(name === undefined || name === '' ? {} : { name }), port: port ?? 0, ...rest }))
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : (a.name ?? '') > (b.name ?? '') ? 1 : a.port - b.port));
