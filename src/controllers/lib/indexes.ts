import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Informer, InformerFactory } from '../../client/informer.ts';
import { controllerOf } from '../../client/owner.ts';
import { namespaceOf, uidOf } from './objects.ts';

const controllerIndex = 'controllers/controller';
const nodeIndex = 'controllers/node';

/** Files objects under their managing owner's UID, or under their namespace when they have none. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): Informer<T> {
  informer.addIndex(controllerIndex, (object) => [controllerOf(object)?.uid ?? `orphans/${namespaceOf(object)}`]);
  return informer;
}

/** What `owner` manages, and what it might adopt: objects of its namespace that nobody manages. */
export const candidatesOf = <T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] => [
  ...informer.byIndex(controllerIndex, uidOf(owner)),
  ...informer.byIndex(controllerIndex, `orphans/${namespaceOf(owner)}`),
];

export const controlledBy = <T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] =>
  informer.byIndex(controllerIndex, uidOf(owner));

/** The shared pod informer with the indexes that controllers use. */
export function podInformer(informers: InformerFactory): Informer<Pod> {
  const pods = indexByController(informers.informer(kinds.Pod));
  pods.addIndex(nodeIndex, (pod) => (pod.spec?.nodeName === undefined || pod.spec.nodeName === '' ? [] : [pod.spec.nodeName]));
  return pods;
}

export const podsOnNode = (pods: Informer<Pod>, node: string): Pod[] => pods.byIndex(nodeIndex, node);
