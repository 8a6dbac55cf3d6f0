import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import { toleratesTaint } from '../../api/toleration.ts';
import type { Pod, Taint } from '../../api/types/core-v1.ts';
import { modifyStatus } from '../../client/retry.ts';
import { timestamp } from '../../util/clock.ts';
import type { StartController } from '../context.ts';
import { podInformer, podsOnNode } from '../lib/indexes.ts';
import { isDeleting, nameOf, uidOf } from '../lib/objects.ts';
import { setPodCondition } from './mark-pods.ts';

const noExecute = (taints: readonly Taint[] | undefined): Taint[] => (taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** How long the pod may stay: forever, no time at all, or so many milliseconds. */
export function toleratedFor(pod: Pod, taints: readonly Taint[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const tolerating = (pod.spec?.tolerations ?? []).filter((toleration) => toleratesTaint(toleration, taint));
    if (tolerating.length === 0) return 0;
    for (const { tolerationSeconds } of tolerating)
      if (tolerationSeconds !== undefined) least = Math.min(least, Math.max(0, tolerationSeconds) * 1000);
  }
  return least;
}

/** Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
export const taintEvictionController: StartController = ({ client, clock, informers, recorder: recorderFor }) => {
  const nodes = informers.informer(kinds.Node);
  const pods = podInformer(informers);
  const recorder = recorderFor('taint-eviction-controller');
  /** Pod UID → when its eviction was first due to be scheduled. */
  const marked = new Map<string, number>();

  async function evict(pod: Pod): Promise<void> {
    recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
    await modifyStatus({ client, clock }, kinds.Pod, pod, (copy) => {
      setPodCondition(
        copy,
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByTaintManager',
          message: 'Taint manager: deleting due to NoExecute taint',
        },
        timestamp(clock),
      );
    });
    await client.delete(kinds.Pod, nameOf(pod), pod.metadata.namespace, { preconditions: { uid: uidOf(pod) } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  return {
    name: 'taint-eviction-controller',
    watch(enqueue) {
      const enqueueNode = (name: string): void => {
        for (const pod of podsOnNode(pods, name)) enqueue(keyOf(pod));
      };
      nodes.on({
        add: (node) => enqueueNode(nameOf(node)),
        update(node, previous) {
          if (JSON.stringify(noExecute(node.spec?.taints)) !== JSON.stringify(noExecute(previous.spec?.taints))) enqueueNode(nameOf(node));
        },
      });
      pods.on({
        add: (pod) => enqueue(keyOf(pod)),
        update(pod, previous) {
          const moved = pod.spec?.nodeName !== previous.spec?.nodeName;
          if (moved || pod.spec?.tolerations?.length !== previous.spec?.tolerations?.length) enqueue(keyOf(pod));
        },
        delete: (pod) => void marked.delete(uidOf(pod)),
      });
    },
    async reconcile(key) {
      const pod = pods.get(key);
      if (pod === undefined || isDeleting(pod)) return undefined;
      const taints = noExecute(nodes.get(pod.spec?.nodeName ?? '')?.spec?.taints);
      const stay = toleratedFor(pod, taints);
      if (stay === Number.POSITIVE_INFINITY) {
        if (marked.delete(uidOf(pod))) {
          recorder.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
        }
        return undefined;
      }
      const since = marked.get(uidOf(pod)) ?? clock.now();
      marked.set(uidOf(pod), since);
      const left = since + stay - clock.now();
      if (left > 0) return { requeueAfterMs: left };
      await evict(pod);
      return undefined;
    },
  };
};
