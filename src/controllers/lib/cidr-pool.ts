import { formatIPv4, parseCIDR } from '../../util/ipv4.ts';

/** The addresses of a CIDR, from `from` up to before `to`. IPv4. */
function rangeOf(cidr: string): { from: number; to: number } {
  const { base, size } = parseCIDR(cidr);
  return { from: base, to: base + size };
}

/**
 * Which ranges of a cluster's addresses are taken, and by whom (upstream: `controller/nodeipam/ipam/cidrset`). Every
 * question costs the ranges that it is about, not the number of holders.
 */
export interface CidrPool {
  /** What `holder` has, or else the first range that overlaps nobody's, now its own; undefined when there is none left. */
  take(holder: string): string | undefined;
  /** `holder` has exactly these; ranges outside of the cluster's count as nothing. */
  hold(holder: string, cidrs: readonly string[]): void;
  release(holder: string): void;
}

/** @param bits how long the prefix of the ranges is that `take` gives. */
export function createCidrPool(cluster: string, bits: number): CidrPool {
  const whole = rangeOf(cluster);
  const size = 2 ** (32 - bits);
  const slots = Math.floor((whole.to - whole.from) / size);
  /** How many holders each slot has: ranges that nodes ask for themselves may overlap. */
  const holders = new Uint16Array(slots);
  const held = new Map<string, readonly string[]>();
  /** No slot below this one is free. */
  let lowest = 0;

  const count = (cidrs: readonly string[], change: 1 | -1): void => {
    for (const cidr of cidrs) {
      if (cidr.includes(':')) continue;
      const { from, to } = rangeOf(cidr);
      const first = Math.max(0, Math.floor((from - whole.from) / size));
      const end = Math.min(slots, Math.ceil((to - whole.from) / size));
      for (let slot = first; slot < end; slot++) holders[slot] = (holders[slot] ?? 0) + change;
      if (change < 0 && first < end) lowest = Math.min(lowest, first);
    }
  };
  const hold = (holder: string, cidrs: readonly string[]): void => {
    const before = held.get(holder);
    if (before !== undefined && before.length === cidrs.length && before.every((cidr, index) => cidr === cidrs[index])) return;
    count(before ?? [], -1);
    count(cidrs, 1);
    held.set(holder, cidrs);
  };
  return {
    hold,
    release(holder) {
      count(held.get(holder) ?? [], -1);
      held.delete(holder);
    },
    take(holder) {
      const [own] = held.get(holder) ?? [];
      if (own !== undefined) return own;
      while (lowest < slots && (holders[lowest] ?? 0) > 0) lowest++;
      if (lowest === slots) return undefined;
      const cidr = `${formatIPv4(whole.from + lowest * size)}/${bits}`;
      hold(holder, [cidr]);
      return cidr;
    },
  };
}
