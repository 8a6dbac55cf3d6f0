import { keyFor, keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import type { ObjectMeta } from '../../api/types/meta-v1.ts';
import { ownerReference } from '../../client/owner.ts';
import { timestamp } from '../../util/clock.ts';
import type { StartController } from '../context.ts';
import { podInformer, podsOnNode } from '../lib/indexes.ts';
import { isDeleting, nameOf, namespaceOf } from '../lib/objects.ts';
import { createOwnWrites } from '../lib/own-writes.ts';
import { applySlices } from './apply.ts';
import { addressTypesOf, groupEndpoints } from './endpoints-of.ts';
import { hasSelector, managedByLabel, serviceNameLabel, sliceController, sliceLabels, triggerTimeAnnotation } from './labels.ts';
import { planSlices, type SliceChanges } from './reconcile.ts';
import { selectedPods, watchServices } from './watch-services.ts';

export const serviceIndex = 'controllers/service';
export const filedByService = (slice: EndpointSlice): string[] => {
  const service = slice.metadata.labels?.[serviceNameLabel];
  return service === undefined ? [] : [keyFor(service, slice.metadata.namespace)];
};

/** Keeps the EndpointSlices of every service that has a selector. */
export const endpointSliceController: StartController = ({ client, clock, informers }) => {
  const services = informers.informer(kinds.Service);
  const pods = podInformer(informers);
  const nodes = informers.informer(kinds.Node);
  const slices = informers.informer(kinds.EndpointSlice);
  slices.addIndex(serviceIndex, filedByService);
  const writes = createOwnWrites<EndpointSlice>(clock);
  const isOurs = (slice: EndpointSlice): boolean => slice.metadata.labels?.[managedByLabel] === sliceController;

  return {
    name: 'endpointslice-controller',
    watch(enqueue) {
      watchServices(services, pods, enqueue);
      const enqueueService = (slice: EndpointSlice): void => {
        if (isOurs(slice)) for (const key of filedByService(slice)) enqueue(key);
      };
      slices.on({ update: enqueueService, delete: enqueueService });
      nodes.on({
        // Pods may be seen before the node that they are on.
        add(node) {
          for (const pod of podsOnNode(pods, nameOf(node))) {
            for (const service of services.list(namespaceOf(pod))) if (hasSelector(service)) enqueue(keyOf(service));
          }
        },
      });
    },
    async reconcile(key) {
      const service = services.get(key);
      if (service === undefined || isDeleting(service) || !hasSelector(service)) {
        writes.forget(key);
        return undefined;
      }
      // The events of what was written last will bring this service back.
      if (writes.stale(key, slices)) return { requeueAfterMs: 1000 };
      const present = slices.byIndex(serviceIndex, key).filter((slice) => isOurs(slice) && !isDeleting(slice));
      const selected = selectedPods(service, pods);
      const metadata = sliceMetadata(service, timestamp(clock));
      const types = addressTypesOf(service);
      const changes: SliceChanges = {
        create: [],
        update: [],
        delete: present.filter((slice) => !types.some((type) => type === slice.addressType)),
      };
      let incomplete = false;
      for (const type of types) {
        const { groups, missingNodes } = groupEndpoints(service, selected, type, (name) => nodes.get(name));
        const planned = planSlices(
          type,
          metadata,
          groups,
          present.filter((slice) => slice.addressType === type),
        );
        changes.create.push(...planned.create);
        changes.update.push(...planned.update);
        changes.delete.push(...planned.delete);
        incomplete ||= missingNodes;
      }
      await applySlices(client, key, changes, writes);
      return incomplete ? { requeueAfterMs: 1000 } : undefined;
    },
  };
};

const sliceMetadata = (service: Service, now: string): ObjectMeta => ({
  generateName: `${nameOf(service)}-`,
  namespace: namespaceOf(service),
  labels: sliceLabels(service),
  annotations: { [triggerTimeAnnotation]: now },
  ownerReferences: [ownerReference(kinds.Service, service)],
});
