import { type Selector, selectorFrom, selectorFromSet, selectorOf, selectsEverything } from '../../../api/labels.ts';
import type { KubeObject } from '../../../api/object.ts';
import { kinds } from '../../../api/scheme.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import type { Informer, InformerFactory } from '../../../client/informer.ts';
import { controllerOf } from '../../../client/owner.ts';

/**
 * The pods that belong together with a pod: those that its Services select and its owning controller selects, all at once
 * (upstream's `DefaultSelector`). Selects everything when nothing holds the pod together with others.
 */
export function createDefaultSelector(informers: InformerFactory): (pod: Pod) => Selector {
  const services = informers.informer(kinds.Service);
  const replicationControllers = informers.informer(kinds.ReplicationController);
  const replicaSets = informers.informer(kinds.ReplicaSet);
  const statefulSets = informers.informer(kinds.StatefulSet);

  const ownerSelector = (pod: Pod): Selector => {
    const owner = controllerOf(pod);
    const find = <T extends KubeObject>(informer: Informer<T>): T | undefined => informer.get(`${pod.metadata.namespace}/${owner?.name}`);
    switch (owner?.kind) {
      case 'ReplicationController':
        return selectorFromSet(find(replicationControllers)?.spec?.selector);
      case 'ReplicaSet': {
        const selector = find(replicaSets)?.spec?.selector;
        return selector === undefined ? selectsEverything : selectorFrom(selector);
      }
      case 'StatefulSet': {
        const selector = find(statefulSets)?.spec?.selector;
        return selector === undefined ? selectsEverything : selectorFrom(selector);
      }
      default:
        return selectsEverything;
    }
  };

  return (pod) => {
    const labels: Record<string, string> = {};
    for (const { spec } of services.list(pod.metadata.namespace)) {
      const pairs = Object.entries(spec?.selector ?? {});
      const selects = pairs.length > 0 && pairs.every(([key, value]) => pod.metadata.labels?.[key] === value);
      if (selects) Object.assign(labels, spec?.selector);
    }
    return selectorOf([...selectorFromSet(labels).requirements, ...ownerSelector(pod).requirements]);
  };
}
