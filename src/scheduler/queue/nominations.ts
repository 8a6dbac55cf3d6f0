import type { PodInfo } from '../cache/pod-info.ts';
import type { Nominations } from '../framework/interface.ts';

/** Keeps which pod was promised which node, from the moment it is decided until the pod is placed, gone or told otherwise. */
export interface NominationBook extends Nominations {
  set(pod: PodInfo, nodeName: string): void;
  /** Takes over what the pod's status says, unless a newer decision of this scheduler stands. */
  follow(pod: PodInfo, previous?: PodInfo): void;
  clear(uid: string): void;
}

const none: readonly PodInfo[] = [];

export function createNominations(): NominationBook {
  const nodes = new Map<string, string>();
  const pods = new Map<string, Map<string, PodInfo>>();

  const clear = (uid: string): void => {
    const nodeName = nodes.get(uid);
    if (nodeName === undefined) return;
    nodes.delete(uid);
    const here = pods.get(nodeName);
    here?.delete(uid);
    if (here?.size === 0) pods.delete(nodeName);
  };
  const set = (pod: PodInfo, nodeName: string): void => {
    clear(pod.uid);
    nodes.set(pod.uid, nodeName);
    const here = pods.get(nodeName) ?? new Map<string, PodInfo>();
    pods.set(nodeName, here.set(pod.uid, pod));
  };
  return {
    set,
    clear,
    follow(pod, previous) {
      const told = pod.pod.status?.nominatedNodeName ?? '';
      const before = previous?.pod.status?.nominatedNodeName ?? '';
      const decided = nodes.get(pod.uid);
      if (told !== '') set(pod, told);
      // The status is written after the decision: an update that never knew of it does not undo it.
      else if (before === '' && decided !== undefined) set(pod, decided);
      else clear(pod.uid);
    },
    get size() {
      return nodes.size;
    },
    nodeOf: (uid) => nodes.get(uid),
    on(nodeName) {
      const here = pods.get(nodeName);
      return here === undefined ? none : [...here.values()];
    },
  };
}
