import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { ControllerSpec } from '../../client/controller.ts';
import { modifyStatus } from '../../client/retry.ts';
import { timestamp } from '../../util/clock.ts';
import type { ControllerContext } from '../context.ts';
import { findCondition } from '../lib/conditions.ts';
import { podInformer } from '../lib/indexes.ts';
import { isDeleting, timeOf } from '../lib/objects.ts';
import { isTerminal } from '../lib/pods.ts';
import { setPodCondition } from '../nodelifecycle/mark-pods.ts';

const staleAfterMs = 2 * 60_000;

/** When a pod that was to be disrupted and is not counts as spared; undefined for pods that are none such. */
function staleAt(pod: Pod): number | undefined {
  const target = findCondition(pod.status?.conditions, 'DisruptionTarget');
  // What the kubelet says may take as long as it likes.
  if (target?.status !== 'True' || target.reason === 'TerminationByKubelet' || isDeleting(pod) || isTerminal(pod)) return undefined;
  return timeOf(target.lastTransitionTime) + staleAfterMs;
}

/** Takes DisruptionTarget back from pods whose disruption did not come about. */
export function staleTargets({ client, clock, informers }: ControllerContext): ControllerSpec {
  const pods = podInformer(informers);
  return {
    name: 'disruption-controller-stale-targets',
    watch(enqueue) {
      const consider = (pod: Pod): void => {
        if (staleAt(pod) !== undefined) enqueue(keyOf(pod));
      };
      pods.on({ add: consider, update: consider });
    },
    async reconcile(key) {
      const pod = pods.get(key);
      const at = pod === undefined ? undefined : staleAt(pod);
      if (pod === undefined || at === undefined) return undefined;
      if (at > clock.now()) return { requeueAfterMs: at - clock.now() };
      await modifyStatus({ client, clock }, kinds.Pod, pod, (copy) => {
        if (staleAt(copy) === undefined) return false;
        setPodCondition(copy, { type: 'DisruptionTarget', status: 'False' }, timestamp(clock));
        return true;
      });
      return undefined;
    },
  };
}
