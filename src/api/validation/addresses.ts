import { isIP, isIPv6 } from 'node:net';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { IPAddress, ServiceCIDR } from '../types/networking-v1.ts';
import { entries, immutable } from './common.ts';
import { type Errors, invalid, required } from './field-error.ts';
import { check, cidr, dnsLabel } from './formats.ts';
import { metaOnUpdate, objectMeta, pathSegment } from './meta.ts';

/** As Go prints the address: IPv6 in lower case and shortened. */
const canonical = (address: string): string => (isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address);

export function* ipAddress({ metadata, spec }: IPAddress): Errors {
  yield* objectMeta(kinds.IPAddress, metadata);
  const { name } = metadata;
  if (name !== undefined && (isIP(name) === 0 || canonical(name) !== name)) {
    yield invalid('metadata.name', name, 'must be a valid IP address in canonical form');
  }
  const parent = spec?.parentRef;
  if (parent === undefined) {
    yield required('spec.parentRef');
    return;
  }
  if (parent.group) yield* check('spec.parentRef.group', parent.group, subdomainErrors);
  for (const part of ['resource', 'name'] as const) {
    if (!parent[part]) yield required(`spec.parentRef.${part}`);
    else yield* check(`spec.parentRef.${part}`, parent[part], pathSegment);
  }
  if (parent.namespace) yield* check('spec.parentRef.namespace', parent.namespace, dnsLabel);
}

export function* ipAddressUpdate(object: IPAddress, old: IPAddress): Errors {
  yield* metaOnUpdate(kinds.IPAddress, object.metadata, old.metadata);
  yield* immutable('spec.parentRef', object.spec?.parentRef, old.spec?.parentRef);
}

export function* serviceCIDR({ metadata, spec }: ServiceCIDR): Errors {
  yield* objectMeta(kinds.ServiceCIDR, metadata);
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) yield required('spec.cidrs', 'at least one CIDR required');
  if (cidrs.length > 2) yield invalid('spec', spec, 'may only hold up to 2 values');
  const families = new Set(cidrs.map((range) => range.includes(':')));
  if (cidrs.length === 2 && families.size === 1) {
    yield invalid('spec', spec, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64');
  }
  for (const [i, range] of entries(spec?.cidrs)) yield* check(`spec.cidrs[${i}]`, range, cidr);
}

/** A range may get a second one of the other family; what is there stays. */
export function* serviceCIDRUpdate(object: ServiceCIDR, old: ServiceCIDR): Errors {
  yield* metaOnUpdate(kinds.ServiceCIDR, object.metadata, old.metadata);
  const before = old.spec?.cidrs ?? [];
  const now = object.spec?.cidrs ?? [];
  if (now.length !== 2 || before.length !== 1) yield* immutable('spec.cidrs', now, before);
  else {
    yield* immutable('spec.cidrs[0]', now[0], before[0]);
    yield* serviceCIDR(object);
  }
}
