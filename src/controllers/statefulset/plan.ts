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
  /** A pod that has ended: a new one takes its place when it is gone. */
  | { do: 'recreate'; pod: Pod }
  /** Labels, storage or claim owners may be wrong: check and mend. */
  | { do: 'tend'; pod: Pod }
  | { do: 'condemn'; pod: Pod }
  | { do: 'update'; pod: Pod };

export const firstOrdinal = (set: WithSpec<StatefulSet>): number => set.spec.ordinals?.start ?? 0;
export const replicasOf = (set: WithSpec<StatefulSet>): number => set.spec.replicas ?? 1;
const isRollingUpdate = (set: WithSpec<StatefulSet>): boolean => (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

const isRunningAndReady = (pod: Pod): boolean => phaseOf(pod) === 'Running' && isReady(pod);

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
      steps.push({ do: 'recreate', pod });
    } else if (!isDeleting(pod)) steps.push({ do: 'tend', pod });
    if (ordered && (pod === undefined || isDeleting(pod) || !available(pod))) return steps;
  }

  const condemned = pods.filter((pod) => ordinalOf(set, pod) < start || ordinalOf(set, pod) >= end);
  const fromTheTop = condemned.sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  const firstUnhealthy = fromTheTop.findLast((pod) => isDeleting(pod) || !available(pod));
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

/**
 * Old pods to delete, from the highest ordinal down to the partition, no more than may be unavailable beside those that already
 * are. Where order does not matter, old pods that do not work anyway are no loss: they go at once, and first.
 */
function planUpdate(snapshot: SetSnapshot, byOrdinal: ReadonlyMap<number, Pod>, available: (pod: Pod) => boolean): Step[] {
  const { set, updateRevision } = snapshot;
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const start = firstOrdinal(set);
  const limit = Math.max(1, scaledValue(rolling?.maxUnavailable ?? 1, replicasOf(set), 'down'));
  const fromTheTop = Array.from({ length: replicasOf(set) }, (_, at) => byOrdinal.get(start + replicasOf(set) - 1 - at));
  const isBroken = (pod: Pod | undefined): boolean => pod === undefined || isDeleting(pod) || !available(pod);
  const old = fromTheTop
    .slice(0, Math.max(0, replicasOf(set) - (rolling?.partition ?? 0)))
    .filter((pod) => pod !== undefined && revisionNameOf(pod) !== updateRevision && !isDeleting(pod)) as Pod[];
  const broken = set.spec.podManagementPolicy === 'Parallel' ? old.filter(isBroken) : [];
  const budget = Math.max(0, limit - fromTheTop.filter(isBroken).length);
  const others = old.filter((pod) => !broken.includes(pod)).slice(0, budget);
  return [...broken, ...others].map((pod) => ({ do: 'update', pod }));
}
