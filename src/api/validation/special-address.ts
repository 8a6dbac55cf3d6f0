import { BlockList, isIPv6 } from 'node:net';
import { type Errors, invalid } from './field-error.ts';

function block(...ranges: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ranges) list.addSubnet(address, bits, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}
const special: [BlockList, string][] = [
  [block(['0.0.0.0', 32], ['::', 128]), 'may not be unspecified'],
  [block(['127.0.0.0', 8], ['::1', 128]), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [block(['169.254.0.0', 16], ['fe80::', 10]), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [block(['224.0.0.0', 24], ['ff02::', 16]), 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

/** ValidateNonSpecialIP: addresses that no endpoint or external address of a Service may have. */
export function* specialAddress(field: string, address: string): Errors {
  for (const [list, text] of special) {
    if (list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) yield invalid(field, address, text);
  }
}
