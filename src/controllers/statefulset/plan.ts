import type { StatefulSet } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { scaledValue } from '../lib/int-or-percent.ts';
import { isDeleting, type WithSpec } from '../lib/objects.ts';
import { isAvailable, isReady, phaseOf } from '../lib/pods.ts';
import { ordinalOf, revisionNameOf } from './identity.ts';

export interface SetSnapshot {
  set: WithSpec<StatefulSet>;
  pods: readonly Pod[];
  /** Names of the revisions that are being left and rolled to. */
  currentRevision: string;
  updateRevision: string;
  now: number;
}

export type Step =
  | { do: 'create'; ordinal: number; revision: 'current' | 'update' }
  | { do: 'recreate'; pod: Pod; phase: 'Failed' | 'Succeeded' }
  /** Labels, storage or claim owners may be wrong: check and mend. */
  | { do: 'tend'; pod: Pod }
  | { do: 'condemn'; pod: Pod }
  | { do: 'update'; pod: Pod };

export const firstOrdinal = (set: WithSpec<StatefulSet>): number => set.spec.ordinals?.start ?? 0;
export const replicasOf = (set: WithSpec<StatefulSet>): number => set.spec.replicas ?? 1;
const isRollingUpdate = (set: WithSpec<StatefulSet>): boolean => (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

const isRunningAndReady = (pod: Pod): boolean => phaseOf(pod) === 'Running' && isReady(pod);
export const isHealthy = (pod: Pod): boolean => isRunningAndReady(pod) && !isDeleting(pod);

/** What to do now, in order; later steps wait for what earlier ones set off (upstream's `updateStatefulSet`). */
export function planSteps(snapshot: SetSnapshot): Step[] {
  const { set, pods } = snapshot;
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const start = firstOrdinal(set);
  const end = start + replicasOf(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const steps: Step[] = [];
  const available = (pod: Pod): boolean => isRunningAndReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, snapshot.now);

  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) steps.push({ do: 'create', ordinal, revision: revisionFor(snapshot, ordinal) });
    else if ((phaseOf(pod) === 'Failed' || phaseOf(pod) === 'Succeeded') && !isDeleting(pod)) {
      steps.push({ do: 'recreate', pod, phase: phaseOf(pod) === 'Failed' ? 'Failed' : 'Succeeded' });
    } else if (!isDeleting(pod)) steps.push({ do: 'tend', pod });
    if (ordered && (pod === undefined || isDeleting(pod) || !available(pod))) return steps;
  }

  const condemned = pods.filter((pod) => ordinalOf(set, pod) < start || ordinalOf(set, pod) >= end);
  const fromTheTop = condemned.sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  const unhealthy = fromTheTop.filter((pod) => !isHealthy(pod));
  const firstUnhealthy = unhealthy.at(-1);
  for (const pod of fromTheTop) {
    if (isDeleting(pod)) {
      if (ordered) return steps;
      continue;
    }
    if (ordered && !available(pod) && pod !== firstUnhealthy) return steps;
    steps.push({ do: 'condemn', pod });
    if (ordered) return steps;
  }
  if (isRollingUpdate(set)) steps.push(...planUpdate(snapshot, byOrdinal, available));
  return steps;
}

/** Below the partition, pods that are made again keep the revision that is being left. */
function revisionFor({ set, currentRevision, updateRevision }: SetSnapshot, ordinal: number): 'current' | 'update' {
  if (currentRevision === updateRevision || !isRollingUpdate(set)) return 'update';
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const kept = rolling === undefined ? (set.status?.currentReplicas ?? 0) : (rolling.partition ?? 0);
  return ordinal < firstOrdinal(set) + kept ? 'current' : 'update';
}

/** Old pods to delete, from the highest ordinal down to the partition, no more at once than may be unavailable. */
function planUpdate(snapshot: SetSnapshot, byOrdinal: ReadonlyMap<number, Pod>, available: (pod: Pod) => boolean): Step[] {
  const { set, updateRevision } = snapshot;
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const start = firstOrdinal(set);
  const limit = Math.max(1, scaledValue(rolling?.maxUnavailable ?? 1, replicasOf(set), 'down'));
  const steps: Step[] = [];
  let unavailable = 0;
  for (let ordinal = start + replicasOf(set) - 1; ordinal >= start + (rolling?.partition ?? 0); ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return steps;
    if (revisionNameOf(pod) !== updateRevision && !isDeleting(pod)) steps.push({ do: 'update', pod });
    else if (isHealthy(pod) && available(pod)) continue;
    // Both a pod that was just replaced and one that is not back yet take up the allowance.
    unavailable += 1;
    if (unavailable >= limit) return steps;
  }
  return steps;
}
