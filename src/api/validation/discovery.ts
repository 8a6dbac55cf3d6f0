import { isIPv4, isIPv6 } from 'node:net';
import { qualifiedNameErrors, subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { EndpointAddress, Endpoints } from '../types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../types/discovery-v1.ts';
import { entries, immutable, labels, oneOf } from './common.ts';
import { duplicate, type Errors, invalid, notSupported, required, tooMany } from './field-error.ts';
import { check, checkNumber, dnsLabel, ip, portNumber } from './formats.ts';
import { metaOnUpdate, objectMeta } from './meta.ts';
import { specialAddress } from './special-address.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

export function* endpoints({ metadata, subsets }: Endpoints): Errors {
  yield* objectMeta(kinds.Endpoints, metadata);
  for (const [i, subset] of entries(subsets)) {
    const at = `subsets[${i}]`;
    if ((subset.addresses ?? []).length === 0 && (subset.notReadyAddresses ?? []).length === 0) {
      yield required(at, 'must specify `addresses` or `notReadyAddresses`');
    }
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      for (const [j, address] of entries(subset[list])) yield* endpointAddress(`${at}.${list}[${j}]`, address);
    }
    for (const [j, port] of entries(subset.ports)) {
      const portField = `${at}.ports[${j}]`;
      if (!port.name) {
        if ((subset.ports ?? []).length > 1) yield required(`${portField}.name`);
      } else yield* check(`${portField}.name`, port.name, dnsLabel);
      yield* checkNumber(`${portField}.port`, port.port ?? 0, portNumber);
      yield* oneOf(`${portField}.protocol`, port.protocol, protocols);
      if (port.appProtocol !== undefined) yield* check(`${portField}.appProtocol`, port.appProtocol, qualifiedNameErrors);
    }
  }
}
function* endpointAddress(field: string, address: EndpointAddress): Errors {
  const problems = ip(address.ip ?? '');
  for (const problem of problems) yield invalid(`${field}.ip`, address.ip ?? '', problem);
  if (address.hostname) yield* check(`${field}.hostname`, address.hostname, dnsLabel);
  if (address.nodeName !== undefined) yield* check(`${field}.nodeName`, address.nodeName, subdomainErrors);
  if (problems.length === 0) yield* specialAddress(`${field}.ip`, address.ip);
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

export function* endpointSlice(slice: EndpointSlice): Errors {
  yield* objectMeta(kinds.EndpointSlice, slice.metadata);
  yield* oneOf('addressType', slice.addressType, addressTypes);
  yield* sliceEndpoints(slice);
  yield* slicePorts(slice);
}
export function* endpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): Errors {
  yield* metaOnUpdate(kinds.EndpointSlice, slice.metadata, old.metadata);
  yield* sliceEndpoints(slice);
  yield* slicePorts(slice);
  yield* immutable('addressType', slice.addressType, old.addressType);
}

function* sliceEndpoints({ endpoints: list, addressType }: EndpointSlice): Errors {
  if ((list ?? []).length > 1000) {
    yield tooMany('endpoints', list?.length ?? 0, 1000);
    return;
  }
  for (const [i, endpoint] of entries(list)) yield* sliceEndpoint(`endpoints[${i}]`, endpoint, addressType);
}

function* sliceEndpoint(field: string, endpoint: Endpoint, addressType: string): Errors {
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) yield required(`${field}.addresses`, 'must contain at least 1 address');
  if (addresses.length > 100) yield tooMany(`${field}.addresses`, addresses.length, 100);
  for (const [i, address] of addresses.entries()) {
    const at = `${field}.addresses[${i}]`;
    if (addressType === 'FQDN') yield* check(at, address, subdomainErrors);
    else if (addressType === 'IPv4' && !isIPv4(address)) yield invalid(at, address, 'must be an IPv4 address');
    else if (addressType === 'IPv6' && !isIPv6(address)) yield invalid(at, address, 'must be an IPv6 address');
    else yield* specialAddress(at, address);
  }
  if (endpoint.nodeName !== undefined) yield* check(`${field}.nodeName`, endpoint.nodeName, subdomainErrors);
  if (endpoint.hostname !== undefined) yield* check(`${field}.hostname`, endpoint.hostname, dnsLabel);
  yield* labels(`${field}.deprecatedTopology`, endpoint.deprecatedTopology);
  if ((endpoint.hints?.forZones ?? []).length > 8) yield tooMany(`${field}.hints.forZones`, endpoint.hints?.forZones?.length ?? 0, 8);
}

function* slicePorts({ ports }: EndpointSlice): Errors {
  if ((ports ?? []).length > 20_000) {
    yield tooMany('ports', ports?.length ?? 0, 20_000);
    return;
  }
  const names = new Set<string>();
  for (const [i, port] of entries(ports)) {
    const at = `ports[${i}]`;
    const name = port.name ?? '';
    if (name !== '') yield* check(`${at}.name`, name, dnsLabel);
    if (names.has(name)) yield duplicate(`${at}.name`, name);
    names.add(name);
    if (port.protocol === undefined) yield required(`${at}.protocol`);
    else if (!protocols.includes(port.protocol)) yield notSupported(`${at}.protocol`, port.protocol, protocols);
    if (port.appProtocol !== undefined) yield* check(`${at}.appProtocol`, port.appProtocol, qualifiedNameErrors);
  }
}
