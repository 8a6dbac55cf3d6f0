import { kinds } from '../api/scheme.ts';
import type { ServiceCIDR, ServiceCIDRStatus } from '../api/types/networking-v1.ts';
import { modifyObject } from '../client/retry.ts';
import { timestamp } from '../util/clock.ts';
import { parseCIDR, parseIPv4, type Range } from '../util/ipv4.ts';
import type { StartController } from './context.ts';
import { findCondition } from './lib/conditions.ts';
import { isDeleting, nameOf } from './lib/objects.ts';

export const serviceCIDRFinalizer = 'networking.k8s.io/service-cidr-finalizer';
const stillUsed = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
/** The range that the server itself makes. */
const own = 'kubernetes';

const rangesOf = ({ spec }: ServiceCIDR): Range[] => (spec?.cidrs ?? []).filter((cidr) => !cidr.includes(':')).map(parseCIDR);
const holds = (ranges: readonly Range[], address: number): boolean =>
  ranges.some(({ base, size }) => address > base && address < base + size - 1);

/** Whether no address in use would be left without a range (upstream: canDeleteCIDR). */
export function mayGo(cidr: ServiceCIDR, others: readonly ServiceCIDR[], addresses: readonly string[]): boolean {
  const ranges = rangesOf(cidr);
  const left = others.filter((other) => other !== cidr && !isDeleting(other)).flatMap(rangesOf);
  return addresses.every((address) => {
    const value = parseIPv4(address);
    return value === undefined || !holds(ranges, value) || holds(left, value);
  });
}

/**
 * Says that a ServiceCIDR is ready, and holds one that is deleted for as long as addresses in use are in it (upstream:
 * pkg/controller/servicecidrs). Until it is gone nothing new is allocated from it.
 */
export const serviceCIDRController: StartController = ({ client, clock, informers }) => {
  const cidrs = informers.informer(kinds.ServiceCIDR);
  const addresses = informers.informer(kinds.IPAddress);
  const setReady = async (cidr: ServiceCIDR, condition: { status: string; reason: string; message: string }): Promise<void> => {
    const current = findCondition(cidr.status?.conditions, 'Ready');
    if (current?.status === condition.status && current.reason === condition.reason) return;
    const conditions = [{ type: 'Ready', ...condition, lastTransitionTime: timestamp(clock) }];
    const status: ServiceCIDRStatus = {
      conditions: [...(cidr.status?.conditions ?? []).filter(({ type }) => type !== 'Ready'), ...conditions],
    };
    await client.patch(kinds.ServiceCIDR, nameOf(cidr), undefined, { status }, { subresource: 'status' });
  };
  return {
    name: 'service-cidr-controller',
    watch(enqueue) {
      cidrs.on({ add: (cidr) => enqueue(nameOf(cidr)), update: (cidr) => enqueue(nameOf(cidr)) });
      addresses.on({
        delete: () => {
          for (const cidr of cidrs.list()) if (isDeleting(cidr)) enqueue(nameOf(cidr));
        },
      });
    },
    async reconcile(key) {
      const cidr = cidrs.get(key);
      if (cidr === undefined) return;
      const held = cidr.metadata.finalizers?.includes(serviceCIDRFinalizer) === true;
      if (!isDeleting(cidr)) {
        if (!held) {
          await modifyObject({ client, clock }, kinds.ServiceCIDR, cidr, (copy) => {
            copy.metadata.finalizers = [...(copy.metadata.finalizers ?? []), serviceCIDRFinalizer];
          });
          return;
        }
        const whose = key === own ? 'Kubernetes default Service CIDR' : 'Kubernetes Service CIDR';
        if (findCondition(cidr.status?.conditions, 'Ready')?.status !== 'True') {
          await setReady(cidr, { status: 'True', reason: '', message: `${whose} is ready` });
        }
        return;
      }
      if (!held) return;
      // Whatever the server was about to allocate from the range is there by now, once the range has said that it is going.
      await setReady(cidr, { status: 'False', reason: 'Terminating', message: stillUsed });
      const live = await client.list(kinds.IPAddress);
      if (!mayGo(cidr, cidrs.list(), live.items.map(nameOf))) return;
      await modifyObject({ client, clock }, kinds.ServiceCIDR, cidr, (copy) => {
        copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((name) => name !== serviceCIDRFinalizer);
      });
    },
  };
};
