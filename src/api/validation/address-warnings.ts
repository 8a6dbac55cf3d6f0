import { isIPv6, SocketAddress } from 'node:net';
import { formatIPv4, parseCIDR, parseIPv4 } from '../../util/ipv4.ts';

/** Addresses and networks that are valid and not written as they should be (upstream: GetWarningsForIP, GetWarningsForCIDR). */

const canonicalIPv6 = (address: string): string => new SocketAddress({ address, family: 'ipv6' }).address;

export function* ipWarnings(field: string, address: string): Iterable<string> {
  if (!isIPv6(address)) return;
  const canonical = canonicalIPv6(address);
  if (canonical !== address) {
    yield `${field}: IPv6 address ${JSON.stringify(address)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`;
  }
}

export function* cidrWarnings(field: string, cidr: string): Iterable<string> {
  const [address = '', bits = ''] = cidr.split('/');
  if (isIPv6(address)) {
    const canonical = `${canonicalIPv6(address)}/${bits}`;
    if (canonical !== cidr) {
      yield `${field}: IPv6 CIDR value ${JSON.stringify(cidr)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`;
    }
    return;
  }
  const value = parseIPv4(address);
  if (value === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return;
  const { base } = parseCIDR(cidr);
  if (base === value) return;
  const either = [`${formatIPv4(base)}/${bits}`, `${address}/32`].map((one) => JSON.stringify(one)).join(' or ');
  yield `${field}: CIDR value ${JSON.stringify(cidr)} is ambiguous in this context (should be ${either}?)`;
}
