import { selectorFromSet } from '../../api/labels.ts';
import { keyOf } from '../../api/object.ts';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { Informer } from '../../client/informer.ts';
import { isDeleting, namespaceOf } from '../lib/objects.ts';
import { isReady, isTerminal } from '../lib/pods.ts';
import { podAddresses } from './endpoints-of.ts';
import { hasSelector } from './labels.ts';

/** What of a pod its services' endpoints depend on. */
const fingerprint = (pod: Pod): string =>
  JSON.stringify([
    podAddresses(pod),
    pod.spec?.nodeName,
    isReady(pod),
    isTerminal(pod),
    isDeleting(pod),
    pod.spec?.hostname,
    pod.spec?.subdomain,
    pod.metadata.labels,
  ]);

/** Queues services when they change, and when a pod that they select (or did select) changes in a way that matters. */
export function watchServices(services: Informer<Service>, pods: Informer<Pod>, enqueue: (key: string) => void): void {
  const enqueueFor = (pod: Pod): void => {
    for (const service of services.list(namespaceOf(pod))) {
      if (hasSelector(service) && selectorFromSet(service.spec?.selector ?? {}).matches(pod.metadata.labels ?? {})) enqueue(keyOf(service));
    }
  };
  services.on({ add: (one) => enqueue(keyOf(one)), update: (one) => enqueue(keyOf(one)), delete: (one) => enqueue(keyOf(one)) });
  pods.on({
    add: enqueueFor,
    update(pod, previous) {
      if (fingerprint(pod) === fingerprint(previous)) return;
      enqueueFor(pod);
      if (JSON.stringify(pod.metadata.labels) !== JSON.stringify(previous.metadata.labels)) enqueueFor(previous);
    },
    delete: enqueueFor,
  });
}

/** The pods that a service selects. */
export function selectedPods(service: Service, pods: Informer<Pod>): Pod[] {
  const selector = selectorFromSet(service.spec?.selector ?? {});
  return pods.list(namespaceOf(service)).filter((pod) => selector.matches(pod.metadata.labels ?? {}));
}
