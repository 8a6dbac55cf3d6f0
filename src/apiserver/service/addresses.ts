import { kinds } from '../../api/scheme.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { IPAddress } from '../../api/types/networking-v1.ts';
import { objectKey } from '../../store/keys.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { formatIPv4, parseCIDR, parseIPv4 } from '../../util/ipv4.ts';
import { observe } from '../observe.ts';
import { addressReserve, createBitmap } from './bitmap.ts';

/**
 * Cluster IPs. Each one in use is an IPAddress object, as in upstream's MultiCIDRServiceAllocator: creating it is the
 * claim, so two writers can never hold the same address. The bitmap beside it only makes the choice quick.
 */
export interface Addresses {
  /** Reads the addresses in use, and follows them; once, before the first claim. */
  start(): Promise<void>;
  /** Claims the address for the service, or the next free one. Throws Error with upstream's text when it cannot be had. */
  claim(service: Service, address: string | undefined, dryRun: boolean): Promise<string>;
  release(address: string): Promise<void>;
  /** The first address of the network, which the `kubernetes` Service has. */
  readonly first: string;
}

export function createAddresses(options: { cidr: string; store: Store; clock: Clock; uid: () => string; random: () => number }): Addresses {
  const { cidr, store, clock, random } = options;
  const { base, size } = parseCIDR(cidr);
  // The network and broadcast addresses are never given out.
  const usable = Math.max(size - 2, 0);
  const bitmap = createBitmap(usable, addressReserve(usable));
  const addressAt = (offset: number): string => formatIPv4(base + 1 + offset);
  const offsetOf = (address: string): number | undefined => {
    const value = parseIPv4(address);
    const offset = value === undefined ? -1 : value - base - 1;
    return offset >= 0 && offset < usable ? offset : undefined;
  };
  const keyOf = (address: string): string => objectKey(kinds.IPAddress, undefined, address);

  const record = async (service: Service, address: string): Promise<boolean> => {
    const { name, namespace } = service.metadata;
    const object: IPAddress = {
      kind: 'IPAddress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: {
        name: address,
        uid: options.uid(),
        creationTimestamp: timestamp(clock),
        labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' },
      },
      spec: { parentRef: { group: '', resource: 'services', namespace: namespace ?? '', name: name ?? '' } },
    };
    try {
      await store.create(keyOf(address), object);
      return true;
    } catch (thrown) {
      if (thrown instanceof StoreError && thrown.code === 'exists') return false;
      throw thrown;
    }
  };

  const claimNext = async (service: Service, dryRun: boolean): Promise<string> => {
    for (let offset = bitmap.takeNext(random); offset !== undefined; offset = bitmap.takeNext(random)) {
      const address = addressAt(offset);
      if (dryRun) {
        bitmap.release(offset);
        return address;
      }
      // Refused means that someone made the IPAddress by hand: the offset stays marked and the next is tried.
      if (await record(service, address)) return address;
    }
    throw new Error('range is full');
  };

  return {
    first: addressAt(0),
    start: () =>
      observe(store, kinds.IPAddress, (next, previous) => {
        const offset = offsetOf((next ?? previous)?.metadata.name ?? '');
        if (offset === undefined) return;
        if (next === undefined) bitmap.release(offset);
        else bitmap.take(offset);
      }),
    async claim(service, address, dryRun) {
      if (address === undefined) return claimNext(service, dryRun);
      const offset = offsetOf(address);
      if (offset === undefined)
        throw new Error(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${cidr}`);
      const inUse = (await store.get(keyOf(address))) !== undefined;
      if (inUse || (!dryRun && !(await record(service, address)))) throw new Error('provided IP is already allocated');
      return address;
    },
    async release(address) {
      const entry = await store.get(keyOf(address));
      if (entry === undefined) return;
      try {
        await store.delete(entry.key, entry.revision);
      } catch (thrown) {
        // Someone else removed or changed it meanwhile; then it is theirs.
        if (!(thrown instanceof StoreError)) throw thrown;
      }
    },
  };
}
