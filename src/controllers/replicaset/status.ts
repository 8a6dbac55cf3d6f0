import { omittedAtZero, omitZero } from '../../api/defaults/zero.ts';
import type { ReplicaSetCondition, ReplicaSetStatus } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { messageOf } from '../../util/errors.ts';
import { findCondition, withCondition, withoutCondition } from '../lib/conditions.ts';
import { isAvailable, isReady } from '../lib/pods.ts';

/** What of a ReplicaSet or ReplicationController its status depends on. */
export interface StatusInput {
  generation: number | undefined;
  replicas: number;
  minReadySeconds: number;
  templateLabels: Record<string, string>;
  conditions: ReplicaSetCondition[] | undefined;
  active: readonly Pod[];
  terminating: readonly Pod[];
  /** What creating or deleting pods failed with. */
  failure: unknown;
  now: number;
  timestamp: string;
}

/** The status that these pods give (upstream's `calculateStatus`). */
export function replicaStatus(input: StatusInput): ReplicaSetStatus {
  const { active, templateLabels, now, generation } = input;
  const wanted = Object.entries(templateLabels);
  const conditions = conditionsAfter(input);
  const status: ReplicaSetStatus = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, input.minReadySeconds, now)).length,
    terminatingReplicas: input.terminating.length,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  omitZero(status, ...omittedAtZero.ReplicaSet);
  return status;
}

function conditionsAfter({ conditions, failure, active, replicas, timestamp }: StatusInput): ReplicaSetCondition[] {
  const present = findCondition(conditions, 'ReplicaFailure');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  if (present !== undefined) return conditions ?? [];
  const reason = active.length < replicas ? 'FailedCreate' : 'FailedDelete';
  return withCondition(conditions, {
    type: 'ReplicaFailure',
    status: 'True',
    reason,
    message: messageOf(failure),
    lastTransitionTime: timestamp,
  });
}
