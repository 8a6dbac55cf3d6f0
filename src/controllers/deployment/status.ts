import { omittedAtZero, omitZero } from '../../api/defaults/zero.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.ts';
import { findCondition, withCondition, withoutCondition } from '../lib/conditions.ts';
import { actualReplicas, availableReplicas, maxUnavailable, replicasOf, sum, totalReplicas } from './sizes.ts';

/** A condition of now. */
export const condition = (type: string, status: string, reason: string, message: string, now: string): DeploymentCondition => ({
  type,
  status,
  reason,
  message,
  lastUpdateTime: now,
  lastTransitionTime: now,
});

/** The counts and the Available condition that these sets give (upstream's `calculateStatus`). */
export function deploymentStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: string,
): DeploymentStatus {
  const available = availableReplicas(all);
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const { generation } = deployment.metadata;
  const { collisionCount, conditions } = deployment.status ?? {};
  const status: DeploymentStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    replicas: actualReplicas(all),
    updatedReplicas: newSet === undefined ? 0 : actualReplicas([newSet]),
    readyReplicas: sum(all, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    terminatingReplicas: sum(all, (set) => set.status?.terminatingReplicas ?? 0),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(
      conditions,
      enough
        ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
        : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now),
    ),
  };
  omitZero(status, ...omittedAtZero.Deployment);
  return status;
}

/** Carries a set's failure to create or delete pods over to the Deployment; the new set's failure is the telling one. */
export function withReplicaFailure(
  conditions: DeploymentCondition[] | undefined,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
): DeploymentCondition[] {
  const failures = [...(newSet === undefined ? [] : [newSet]), ...all]
    .map((set) => findCondition(set.status?.conditions, 'ReplicaFailure'))
    .filter((failure) => failure !== undefined);
  const [first] = failures;
  if (first === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const { lastTransitionTime } = first;
  return withCondition(conditions, { ...first, ...(lastTransitionTime === undefined ? {} : { lastUpdateTime: lastTransitionTime }) });
}

/** All pods are of the new template, available, and none is left over. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}
