import { kinds } from '../../api/scheme.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { IPAddress } from '../../api/types/networking-v1.ts';
import { objectKey } from '../../store/keys.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { observe } from '../observe.ts';
import { createRanges } from './ranges.ts';

/**
 * Cluster IPs. Each one in use is an IPAddress object, as in upstream's MultiCIDRServiceAllocator: creating it is the
 * claim, so two writers can never hold the same address. The ranges beside it only make the choice quick.
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
  const ranges = createRanges(cidr);
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
      spec: { parentRef: { resource: 'services', namespace: namespace ?? '', name: name ?? '' } },
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
    for (let address = ranges.takeNext(random); address !== undefined; address = ranges.takeNext(random)) {
      if (dryRun) {
        ranges.freed(address);
        return address;
      }
      // Refused means that someone made the IPAddress by hand: it stays marked and the next is tried.
      if (await record(service, address)) return address;
    }
    throw new Error('range is full');
  };

  return {
    first: ranges.first,
    async start() {
      await observe(store, kinds.ServiceCIDR, (next, previous) => ranges.follow((next ?? previous)?.metadata.name ?? '', next));
      await observe(store, kinds.IPAddress, (next, previous) => {
        const address = (next ?? previous)?.metadata.name ?? '';
        if (next === undefined) ranges.freed(address);
        else ranges.taken(address);
      });
    },
    async claim(service, address, dryRun) {
      if (address === undefined) return claimNext(service, dryRun);
      if (!ranges.offers(address)) throw new Error('the provided network does not match the current range');
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
