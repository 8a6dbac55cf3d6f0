import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/types/core-v1.ts';
import { type FieldError, invalid, toInvalid } from '../../api/validation/field-error.ts';
import type { Store } from '../../store/store.ts';
import { messageOf } from '../../util/errors.ts';
import { observe } from '../observe.ts';
import type { Reservation, WriteHook } from '../rest/hooks.ts';
import type { Addresses } from './addresses.ts';
import { type NodePorts, nodePortsOf } from './node-ports.ts';

/**
 * Gives Services their cluster IP and node ports with the write that needs them, and takes them back when the write fails,
 * the Service goes or its type no longer has any (upstream: pkg/registry/core/service/storage/alloc.go). Node ports are given
 * back by the commit itself, see {@link followNodePorts}, so that they follow state that is restored as well.
 */
export function serviceHook(addresses: Addresses, ports: NodePorts): WriteHook {
  const allocate = async (service: Service, old: Service | undefined, dryRun: boolean): Promise<Reservation> => {
    const taken: { addresses: string[]; ports: number[] } = { addresses: [], ports: [] };
    const rollback = async (): Promise<void> => {
      for (const address of taken.addresses) await addresses.release(address);
      for (const port of taken.ports) ports.release(port);
    };
    try {
      await allocateAddress(service, old, dryRun, addresses, taken.addresses);
      allocatePorts(service, old, ports, taken.ports);
    } catch (thrown) {
      await rollback();
      throw thrown;
    }
    // What a dry run took of the ports is given back at once; addresses were never claimed.
    if (dryRun) for (const port of taken.ports) ports.release(port);
    if (dryRun) return { commit: async () => undefined, rollback: async () => undefined };
    return { rollback, commit: () => (old === undefined ? Promise.resolve() : releaseMissing(old, service)) };
  };

  const releaseMissing = async (old: Service, next: Service | undefined): Promise<void> => {
    const kept = new Set(next === undefined ? [] : addressesOf(next));
    for (const address of addressesOf(old)) if (!kept.has(address)) await addresses.release(address);
  };

  return {
    beforeCreate: (object, dryRun) => allocate(object as Service, undefined, dryRun),
    beforeUpdate: (object, previous, dryRun) => allocate(object as Service, previous as Service, dryRun),
    afterDelete: (last) => releaseMissing(last as Service, undefined),
  };
}

/** Marks the ports of every stored Service, and follows them from then on; once, before the first write. */
export const followNodePorts = (store: Store, ports: NodePorts): Promise<void> => observe<Service>(store, kinds.Service, ports.committed);

const hasClusterIP = (spec: ServiceSpec): boolean =>
  spec.type !== 'ExternalName' && spec.clusterIP !== 'None' && spec.clusterIPs?.[0] !== 'None';
const addressesOf = ({ spec }: Service): string[] => (spec === undefined || !hasClusterIP(spec) || !spec.clusterIP ? [] : [spec.clusterIP]);

async function allocateAddress(
  service: Service,
  old: Service | undefined,
  dryRun: boolean,
  addresses: Addresses,
  taken: string[],
): Promise<void> {
  const { spec } = service;
  if (spec === undefined) return;
  if (spec.type !== 'ExternalName' && !hasClusterIP(spec)) {
    spec.clusterIP = 'None';
    spec.clusterIPs = ['None'];
    return;
  }
  if (!hasClusterIP(spec)) return;
  refuseFamilies(service, spec);
  const asked = spec.clusterIP || spec.clusterIPs?.[0] || undefined;
  if (asked !== undefined && old !== undefined && addressesOf(old).includes(asked)) return;
  try {
    const address = await addresses.claim(service, asked, dryRun);
    if (!dryRun) taken.push(address);
    spec.clusterIP = address;
    spec.clusterIPs = [address];
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    if (asked === undefined)
      throw new ApiError('InternalError', `Internal error occurred: failed to allocate a serviceIP: ${messageOf(thrown)}`);
    refuse(service, invalid('spec.clusterIPs', [asked], `failed to allocate IP ${asked}: ${messageOf(thrown)}`));
  }
}

/** The cluster has IPv4 alone. */
function refuseFamilies(service: Service, spec: ServiceSpec): void {
  const families = spec.ipFamilies ?? [];
  const at = families.indexOf('IPv6');
  if (at >= 0) refuse(service, invalid(`spec.ipFamilies[${at}]`, 'IPv6', 'not configured on this cluster'));
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    refuse(service, invalid('spec.ipFamilyPolicy', 'RequireDualStack', 'Cluster is not configured for dual-stack services'));
  }
}

function allocatePorts(service: Service, old: Service | undefined, ports: NodePorts, taken: number[]): void {
  const { spec } = service;
  if (spec === undefined) return;
  const held = old === undefined ? new Set<number>() : nodePortsOf(old);
  const wanted = spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  const list = spec.ports ?? [];
  for (const [index, port] of list.entries()) {
    const asked = port.nodePort || undefined;
    if (asked !== undefined && (held.has(asked) || taken.includes(asked))) continue;
    if (asked === undefined && !wanted) continue;
    const shared = asked === undefined ? siblingPort(list, index) : undefined;
    if (shared !== undefined) {
      port.nodePort = shared;
      continue;
    }
    port.nodePort = take(service, ports, asked, `spec.ports[${index}].nodePort`, taken);
  }
  if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local') {
    const asked = spec.healthCheckNodePort || undefined;
    if (asked === undefined || !held.has(asked)) spec.healthCheckNodePort = take(service, ports, asked, 'spec.healthCheckNodePort', taken);
  }
}

/** One number for the same port in another protocol (DNS over TCP and UDP), where the user gave none. */
function siblingPort(list: readonly ServicePort[], index: number): number | undefined {
  const own = list[index];
  const sibling = list.slice(0, index).find((port) => port.port === own?.port && port.protocol !== own?.protocol && port.nodePort);
  const used = list.some((port) => port.nodePort === sibling?.nodePort && port.protocol === own?.protocol);
  return used ? undefined : sibling?.nodePort;
}

function take(service: Service, ports: NodePorts, asked: number | undefined, field: string, taken: number[]): number {
  try {
    const port = ports.claim(asked);
    taken.push(port);
    return port;
  } catch (thrown) {
    if (asked === undefined)
      throw new ApiError('InternalError', `Internal error occurred: failed to allocate a nodePort: ${messageOf(thrown)}`);
    return refuse(service, invalid(field, asked, messageOf(thrown)));
  }
}

function refuse(service: Service, error: FieldError): never {
  throw toInvalid(kinds.Service, service.metadata.name ?? '', [error]);
}
