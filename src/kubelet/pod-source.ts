import { kinds } from '../api/scheme.ts';
import type { Pod } from '../api/types/core-v1.ts';
import type { Informer, InformerFactory, InformerHandlers } from '../client/informer.ts';

/** The pods bound to one node, kept current. */
export interface PodSource {
  list(): Pod[];
  /** By `namespace/name`. */
  get(key: string): Pod | undefined;
  /** Present pods are replayed as `add`. Returns a function that removes the handlers. */
  on(handlers: InformerHandlers<Pod>): () => void;
  synced(): Promise<void>;
}

/** A real node's source: only its own pods cross the wire. */
export function ownPods(informers: InformerFactory, nodeName: string): PodSource {
  const informer = informers.informer(kinds.Pod, { fieldSelector: `spec.nodeName=${nodeName}` });
  return {
    list: () => informer.list(),
    get: (key) => informer.get(key),
    on: (handlers) => informer.on(handlers),
    synced: () => informer.synced(),
  };
}

const nodeIndex = 'spec.nodeName';

/**
 * Sources for many nodes of one process over one informer of all pods: one handler, which hands each pod to the node it is
 * bound to. Must be made before the informer's index is asked for.
 */
export function sharedPods(informer: Informer<Pod>): (nodeName: string) => PodSource {
  informer.addIndex(nodeIndex, ({ spec }) => (spec?.nodeName === undefined || spec.nodeName === '' ? [] : [spec.nodeName]));
  const byNode = new Map<string, Set<InformerHandlers<Pod>>>();
  const handlersOf = (pod: Pod): Iterable<InformerHandlers<Pod>> => byNode.get(pod.spec?.nodeName ?? '') ?? [];
  informer.on({
    add: (pod) => {
      for (const handlers of handlersOf(pod)) handlers.add?.(pod);
    },
    update: (pod, previous) => {
      // A pod enters its node's set when it is bound, and never leaves it for another.
      const entered = previous.spec?.nodeName !== pod.spec?.nodeName;
      for (const handlers of handlersOf(pod)) entered ? handlers.add?.(pod) : handlers.update?.(pod, previous);
    },
    delete: (pod) => {
      for (const handlers of handlersOf(pod)) handlers.delete?.(pod);
    },
  });
  return (nodeName) => ({
    list: () => informer.byIndex(nodeIndex, nodeName),
    get(key) {
      const pod = informer.get(key);
      return pod?.spec?.nodeName === nodeName ? pod : undefined;
    },
    on(handlers) {
      const set = byNode.get(nodeName) ?? new Set();
      set.add(handlers);
      byNode.set(nodeName, set);
      for (const pod of informer.byIndex(nodeIndex, nodeName)) handlers.add?.(pod);
      return () => {
        set.delete(handlers);
        if (set.size === 0) byNode.delete(nodeName);
      };
    },
    synced: () => informer.synced(),
  });
}
