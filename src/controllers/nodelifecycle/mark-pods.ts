import { kinds } from '../../api/scheme.ts';
import type { Pod, PodCondition } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import { modifyStatus } from '../../client/retry.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { allSettled } from '../lib/batch.ts';
import { findCondition } from '../lib/conditions.ts';

/** Replaces or adds a condition, stamping the transition only when the status changes (upstream's `UpdatePodCondition`). */
export function setPodCondition(pod: Pod, next: PodCondition, now: string): void {
  const conditions = pod.status?.conditions ?? [];
  const current = findCondition(conditions, next.type);
  const since = current !== undefined && current.status === next.status ? current.lastTransitionTime : now;
  const stamped: PodCondition = { ...next, ...(since === undefined ? {} : { lastTransitionTime: since }) };
  const others = current === undefined ? [...conditions, stamped] : conditions.map((one) => (one === current ? stamped : one));
  pod.status = { ...pod.status, conditions: others };
}

/** Makes the function that turns pods of a silent node not ready, so that services stop sending to them. */
export const createPodMarker =
  (client: Client, clock: Clock, recorder: EventRecorder) =>
  (pods: readonly Pod[]): Promise<void> =>
    allSettled(
      pods.map(async (pod) => {
        if (findCondition(pod.status?.conditions, 'Ready')?.status !== 'True') return;
        recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
        await modifyStatus({ client, clock }, kinds.Pod, pod, (copy) => {
          const ready = findCondition(copy.status?.conditions, 'Ready');
          if (ready?.status !== 'True') return false;
          setPodCondition(copy, { ...ready, status: 'False' }, timestamp(clock));
          return true;
        });
      }),
    );
