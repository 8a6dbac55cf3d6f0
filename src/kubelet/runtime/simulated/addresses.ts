import { formatIPv4, parseCIDR, parseIPv4 } from '../../../util/ipv4.ts';

/** Hands out the addresses of an IPv4 CIDR in turn, the network's own, the gateway's and broadcast left out. */
export function createAddressPool(cidr: string): { take(): string | undefined; release(address: string): void } {
  const { base, size } = parseCIDR(cidr);
  const taken = new Set<number>();
  let next = 2;
  return {
    take() {
      // In turn, so that an address is not given to another pod while its old owner is still remembered.
      for (let tried = 0; tried < size - 3; tried++) {
        const offset = next;
        next = next + 1 >= size - 1 ? 2 : next + 1;
        if (taken.has(offset)) continue;
        taken.add(offset);
        return formatIPv4(base + offset);
      }
      return undefined;
    },
    release(address) {
      taken.delete((parseIPv4(address) ?? 0) - base);
    },
  };
}
