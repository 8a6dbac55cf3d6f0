/** Hands out the addresses of an IPv4 CIDR in turn, the network's own, the gateway's and broadcast left out. */
export function createAddressPool(cidr: string): { take(): string | undefined; release(address: string): void } {
  const [base = '', bits = '24'] = cidr.split('/');
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const taken = new Set<number>();
  let next = 2;
  const text = (offset: number): string => [24, 16, 8, 0].map((shift) => Math.floor((start + offset) / 2 ** shift) % 256).join('.');
  return {
    take() {
      // In turn, so that an address is not given to another pod while its old owner is still remembered.
      for (let tried = 0; tried < size - 3; tried++) {
        const offset = next;
        next = next + 1 >= size - 1 ? 2 : next + 1;
        if (taken.has(offset)) continue;
        taken.add(offset);
        return text(offset);
      }
      return undefined;
    },
    release(address) {
      const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      taken.delete(value - start);
    },
  };
}
