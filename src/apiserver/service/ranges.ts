import type { ServiceCIDR } from '../../api/types/networking-v1.ts';
import { formatIPv4, parseCIDR, parseIPv4 } from '../../util/ipv4.ts';
import { addressReserve, createBitmap } from './bitmap.ts';

/** The networks that cluster IPs come from, with the addresses in use: the cluster's own, and those of ServiceCIDRs that are ready. */
export interface Ranges {
  /** Follows a ServiceCIDR; `undefined` when it is gone. */
  follow(name: string, object: ServiceCIDR | undefined): void;
  /** Whether a network that is ready has this address to give. */
  offers(address: string): boolean;
  taken(address: string): void;
  freed(address: string): void;
  /** Marks a free address and gives it; undefined when all networks that are ready are full. */
  takeNext(random: () => number): string | undefined;
  /** The first address of the cluster's own network. */
  readonly first: string;
}

function createRange(cidr: string) {
  const { base, size } = parseCIDR(cidr);
  // The network and broadcast addresses are never given out.
  const usable = Math.max(size - 2, 0);
  const bitmap = createBitmap(usable, addressReserve(usable));
  return {
    bitmap,
    addressAt: (offset: number): string => formatIPv4(base + 1 + offset),
    offsetOf(address: string): number | undefined {
      const value = parseIPv4(address);
      const offset = value === undefined ? -1 : value - base - 1;
      return offset >= 0 && offset < usable ? offset : undefined;
    },
  };
}

type Range = ReturnType<typeof createRange>;
/** IPv6 networks are none of this cluster's. */
const isIPv4 = (cidr: string): boolean => !cidr.includes(':');

export function createRanges(own: string): Ranges {
  const used = new Set<string>();
  const ranges = new Map<string, Range>([[own, createRange(own)]]);
  const ready = new Map<string, readonly string[]>();
  const isReady = ({ metadata, status }: ServiceCIDR): boolean =>
    metadata.deletionTimestamp === undefined && status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'False';
  const each = (address: string, change: (range: Range, offset: number) => void): void => {
    for (const range of ranges.values()) {
      const offset = range.offsetOf(address);
      if (offset !== undefined) change(range, offset);
    }
  };
  const first = ranges.get(own) as Range;
  return {
    first: first.addressAt(0),
    follow(name, object) {
      const cidrs = object === undefined || !isReady(object) ? [] : (object.spec?.cidrs ?? []).filter(isIPv4);
      ready.set(name, cidrs);
      const wanted = new Set([own, ...[...ready.values()].flat()]);
      for (const cidr of ranges.keys()) if (!wanted.has(cidr)) ranges.delete(cidr);
      for (const cidr of wanted) {
        if (ranges.has(cidr)) continue;
        const range = createRange(cidr);
        ranges.set(cidr, range);
        for (const address of used) {
          const offset = range.offsetOf(address);
          if (offset !== undefined) range.bitmap.take(offset);
        }
      }
    },
    offers: (address) => [...ranges.values()].some((range) => range.offsetOf(address) !== undefined),
    taken(address) {
      used.add(address);
      each(address, ({ bitmap }, offset) => void bitmap.take(offset));
    },
    freed(address) {
      used.delete(address);
      each(address, ({ bitmap }, offset) => bitmap.release(offset));
    },
    takeNext(random) {
      for (const range of ranges.values()) {
        const offset = range.bitmap.takeNext(random);
        if (offset !== undefined) return range.addressAt(offset);
      }
      return undefined;
    },
  };
}
