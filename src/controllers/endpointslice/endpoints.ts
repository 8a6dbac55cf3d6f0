import { semanticEqual } from '../../api/deep-equal.ts';
import { keyOf, splitKey } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from '../../api/types/core-v1.ts';
import { timestamp } from '../../util/clock.ts';
import type { StartController } from '../context.ts';
import { podInformer } from '../lib/indexes.ts';
import { isDeleting, nameOf, namespaceOf, uidOf } from '../lib/objects.ts';
import { isReady, isTerminal } from '../lib/pods.ts';
import { hasSelector, headlessLabel, isHeadless, triggerTimeAnnotation } from './labels.ts';
import { addressesOfPrimaryFamily, endpointPortsOf } from './legacy-ports.ts';
import { selectedPods, watchServices } from './watch-services.ts';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
const maxEndpoints = 1000;

/** Keeps the Endpoints object of every service that has a selector. Superseded by EndpointSlices, still served. */
export const endpointsController: StartController = ({ client, clock, informers }) => {
  const services = informers.informer(kinds.Service);
  const endpointsInformer = informers.informer(kinds.Endpoints);
  const pods = podInformer(informers);
  return {
    name: 'endpoint-controller',
    watch(enqueue) {
      watchServices(services, pods, enqueue);
      endpointsInformer.on({ delete: (object) => enqueue(keyOf(object)) });
    },
    async reconcile(key) {
      const service = services.get(key);
      const present = endpointsInformer.get(key);
      if (service === undefined) {
        const { namespace, name } = splitKey(key);
        if (present === undefined) return;
        await client.delete(kinds.Endpoints, name, namespace).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
        return;
      }
      if (isDeleting(service) || !hasSelector(service)) return;
      const { subsets, truncated } = subsetsOf(service, selectedPods(service, pods));
      const labels = {
        ...service.metadata.labels,
        [managedByLabel]: 'endpoint-controller',
        ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
      };
      const overCapacity = present?.metadata.annotations?.[overCapacityAnnotation] !== undefined;
      if (
        present !== undefined &&
        semanticEqual(present.subsets, subsets) &&
        semanticEqual(present.metadata.labels, labels) &&
        overCapacity === truncated
      ) {
        return;
      }
      const { [overCapacityAnnotation]: _, ...annotations } = present?.metadata.annotations ?? {};
      const next: Endpoints = {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: {
          ...(present?.metadata ?? { name: nameOf(service), namespace: namespaceOf(service) }),
          labels,
          annotations: {
            ...annotations,
            [triggerTimeAnnotation]: timestamp(clock),
            ...(truncated ? { [overCapacityAnnotation]: 'truncated' } : {}),
          },
        },
        subsets,
      };
      await (present === undefined ? client.create(kinds.Endpoints, next) : client.update(kinds.Endpoints, next));
    },
  };
};

/** Ready and not ready addresses grouped by ports, in a stable order (upstream's `RepackSubsets`). */
export function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  const byPorts = new Map<string, EndpointSubset>();
  let count = 0;
  let truncated = false;
  for (const pod of [...pods].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const ip = addressesOfPrimaryFamily(service, pod)[0];
    if (ip === undefined || isTerminal(pod) || (isDeleting(pod) && !publishAll)) continue;
    const ports = endpointPortsOf(service, pod);
    if (ports.length === 0 && !(isHeadless(service) && (service.spec?.ports ?? []).length === 0)) continue;
    count += 1;
    if (count > maxEndpoints) {
      truncated = true;
      break;
    }
    const key = JSON.stringify(ports);
    const subset = byPorts.get(key) ?? { ...(ports.length === 0 ? {} : { ports }) };
    byPorts.set(key, subset);
    const side = publishAll || isReady(pod) ? 'addresses' : 'notReadyAddresses';
    const addresses = subset[side] ?? [];
    addresses.push(addressOf(service, pod, ip));
    subset[side] = addresses;
  }
  const byIP = (a: EndpointAddress, b: EndpointAddress): number => (a.ip < b.ip ? -1 : 1);
  const subsets = [...byPorts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => subset);
  for (const subset of subsets) {
    subset.addresses?.sort(byIP);
    subset.notReadyAddresses?.sort(byIP);
  }
  return { subsets, truncated };
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  return {
    ip,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname !== undefined && subdomain === nameOf(service) ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
  };
}
