import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { EndpointAddress, Endpoints } from '../../api/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../api/types/discovery-v1.ts';
import { ownerReference } from '../../client/owner.ts';
import type { StartController } from '../context.ts';
import { isDeleting, nameOf, namespaceOf } from '../lib/objects.ts';
import { createOwnWrites } from '../lib/own-writes.ts';
import { applySlices } from './apply.ts';
import { type AddressType, addressType, type EndpointGroup } from './endpoints-of.ts';
import { filedByService, serviceIndex } from './endpointslice.ts';
import { hasSelector, managedByLabel, mirroringController, mirrorLabels, skipMirrorLabel, triggerTimeAnnotation } from './labels.ts';
import { planSlices } from './reconcile.ts';

const maxEndpointsPerSubset = 1000;
const notMirrored = new Set(['kubectl.kubernetes.io/last-applied-configuration', triggerTimeAnnotation]);

const isMirrored = (endpoints: Endpoints | undefined): endpoints is Endpoints =>
  endpoints !== undefined &&
  !isDeleting(endpoints) &&
  endpoints.metadata.labels?.[skipMirrorLabel] !== 'true' &&
  endpoints.metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined;

/** The endpoints of one address type that hand-written Endpoints stand for. */
export const mirroredGroups = (endpoints: Endpoints, type: AddressType): EndpointGroup[] =>
  (endpoints.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const mirror =
      (ready: boolean) =>
      (address: EndpointAddress): Endpoint => ({
        addresses: [address.ip],
        conditions: { ready },
        ...(address.hostname === undefined ? {} : { hostname: address.hostname }),
        ...(address.nodeName === undefined ? {} : { nodeName: address.nodeName }),
        ...(address.targetRef === undefined ? {} : { targetRef: address.targetRef }),
      });
    const all = [...addresses.map(mirror(true)), ...notReadyAddresses.map(mirror(false))];
    const chosen = all.filter((endpoint) => addressType(endpoint.addresses[0] ?? '') === type).slice(0, maxEndpointsPerSubset);
    const named = ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' }));
    return chosen.length === 0 ? [] : [{ ports: named, endpoints: chosen }];
  });

/** Copies Endpoints that people wrote for services without a selector into EndpointSlices. */
export const endpointSliceMirroringController: StartController = ({ client, clock, informers }) => {
  const services = informers.informer(kinds.Service);
  const endpointsInformer = informers.informer(kinds.Endpoints);
  const slices = informers.informer(kinds.EndpointSlice);
  slices.addIndex(serviceIndex, filedByService);
  const writes = createOwnWrites<EndpointSlice>(clock);
  const isOurs = (slice: EndpointSlice): boolean => slice.metadata.labels?.[managedByLabel] === mirroringController;

  return {
    name: 'endpointslicemirroring-controller',
    watch(enqueue) {
      const both = {
        add: (object: Endpoints) => enqueue(keyOf(object)),
        update: (object: Endpoints) => enqueue(keyOf(object)),
        delete: (object: Endpoints) => enqueue(keyOf(object)),
      };
      endpointsInformer.on(both);
      services.on({ add: (one) => enqueue(keyOf(one)), update: (one) => enqueue(keyOf(one)), delete: (one) => enqueue(keyOf(one)) });
      const enqueueService = (slice: EndpointSlice): void => {
        if (isOurs(slice)) for (const key of filedByService(slice)) enqueue(key);
      };
      slices.on({ update: enqueueService, delete: enqueueService });
    },
    async reconcile(key) {
      if (writes.stale(key, slices)) return { requeueAfterMs: 1000 };
      const endpoints = endpointsInformer.get(key);
      const service = services.get(key);
      const present = slices.byIndex(serviceIndex, key).filter((slice) => isOurs(slice) && !isDeleting(slice));
      if (!isMirrored(endpoints) || service === undefined || hasSelector(service)) {
        await applySlices(client, key, { create: [], update: [], delete: present }, writes);
        return undefined;
      }
      const { labels, annotations } = endpoints.metadata;
      const metadata = {
        generateName: `${nameOf(endpoints)}-`,
        namespace: namespaceOf(endpoints),
        labels: mirrorLabels(labels, nameOf(endpoints)),
        annotations: Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => !notMirrored.has(name))),
        ownerReferences: [ownerReference(kinds.Endpoints, endpoints)],
      };
      for (const type of ['IPv4', 'IPv6'] as const) {
        const groups = mirroredGroups(endpoints, type);
        const ofType = present.filter((slice) => slice.addressType === type);
        const changes = groups.length === 0 ? { create: [], update: [], delete: ofType } : planSlices(type, metadata, groups, ofType);
        await applySlices(client, key, changes, writes);
      }
      return undefined;
    },
  };
};
