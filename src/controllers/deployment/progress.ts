import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.ts';
import { findCondition, withCondition, withoutCondition } from '../lib/conditions.ts';
import { nameOf, timeOf } from '../lib/objects.ts';
import { condition, deploymentStatus, isComplete, withReplicaFailure } from './status.ts';

const noDeadline = 2_147_483_647;

/** The deadline in seconds, or undefined where the Deployment has none. */
export function progressDeadline(deployment: Deployment): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === noDeadline ? undefined : seconds;
}

const progressing = (status: DeploymentStatus | undefined): DeploymentCondition | undefined =>
  findCondition(status?.conditions, 'Progressing');

/** The whole status during a rollout, with the Progressing condition kept (upstream's `syncRolloutStatus`). */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: string,
): DeploymentStatus {
  const status = deploymentStatus(deployment, all, newSet, now);
  if (progressDeadline(deployment) === undefined) status.conditions = withoutCondition(status.conditions, 'Progressing');
  const current = progressing(deployment.status);
  const settled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (progressDeadline(deployment) !== undefined && !settled) {
    const subject = newSet === undefined ? `Deployment "${nameOf(deployment)}"` : `ReplicaSet "${nameOf(newSet)}"`;
    if (isComplete(deployment, status)) {
      const next = condition('Progressing', 'True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`, now);
      status.conditions = withCondition(status.conditions, next);
    } else if (hasProgressed(deployment.status, status)) {
      const next = condition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now);
      // Replaced even when it says the same, because its lastUpdateTime is what the deadline counts from.
      if (current?.status === 'True' && current.lastTransitionTime !== undefined) next.lastTransitionTime = current.lastTransitionTime;
      status.conditions = [...withoutCondition(status.conditions, 'Progressing'), next];
    } else if (hasTimedOut(deployment, status, Date.parse(now))) {
      const next = condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`, now);
      status.conditions = withCondition(status.conditions, next);
    }
  }
  status.conditions = withReplicaFailure(status.conditions, all, newSet);
  return status;
}

function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined): number => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const deadline = progressDeadline(deployment);
  const current = progressing(status);
  if (deadline === undefined || current === undefined || current.reason === 'NewReplicaSetAvailable') return false;
  return current.reason === 'ProgressDeadlineExceeded' || timeOf(current.lastUpdateTime) + deadline * 1000 < now;
}

/** When a rollout that does not move is to be looked at again, in milliseconds. */
export function deadlineIn(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const deadline = progressDeadline(deployment);
  const current = progressing(deployment.status);
  if (deadline === undefined || current === undefined || isComplete(deployment, status)) return undefined;
  if (current.reason === 'ProgressDeadlineExceeded') return undefined;
  // Times are in whole seconds, so one more is needed to be past the deadline.
  return Math.max(0, timeOf(current.lastUpdateTime) + deadline * 1000 - now) + 1000;
}

/** The Progressing condition that pausing or resuming asks for, where it changes. */
export function pausedCondition(deployment: Deployment, now: string): DeploymentCondition | undefined {
  if (progressDeadline(deployment) === undefined) return undefined;
  const current = progressing(deployment.status);
  if (current?.reason === 'ProgressDeadlineExceeded') return undefined;
  const saysPaused = current?.reason === 'DeploymentPaused';
  const paused = deployment.spec?.paused === true;
  if (paused && !saysPaused) return condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now);
  if (!paused && saysPaused) return condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now);
  return undefined;
}
