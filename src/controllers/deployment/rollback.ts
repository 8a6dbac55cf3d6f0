import { kinds } from '../../api/scheme.ts';
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';
import { nameOf, type WithSpec } from '../lib/objects.ts';
import { byRevision, revisionOf, rollbackAnnotation } from './annotations.ts';
import { hashLabel, type Rollout, sameTemplate } from './rollout.ts';

/** The revision that a client of the removed `extensions/v1beta1` rollback asks for; 0 means the one before the last. */
export function rollbackTarget(deployment: Deployment): bigint | undefined {
  const text = deployment.metadata.annotations?.[rollbackAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

/** Puts the template of the asked revision back into the Deployment and clears the request. */
export async function rollBack(rollout: Rollout, target: bigint): Promise<void> {
  const { client, deployment, recorder } = rollout;
  const copy = structuredClone(deployment);
  delete copy.metadata.annotations?.[rollbackAnnotation];
  const set = rollout.sets.find((candidate) => revisionOf(candidate) === (target === 0n ? lastRevision(rollout.sets) : target));
  if (set === undefined || revisionOf(set) === 0n) {
    recorder.event(deployment, 'Warning', 'DeploymentRollbackRevisionNotFound', 'Unable to find the revision to rollback to.');
  } else if (sameTemplate(set.spec?.template, deployment.spec.template)) {
    const message = `The rollback revision contains the same template as current deployment "${nameOf(deployment)}"`;
    recorder.event(deployment, 'Warning', 'DeploymentRollbackTemplateUnchanged', message);
  } else {
    restoreTemplate(copy, set);
    const message = `Rolled back deployment "${nameOf(deployment)}" to revision ${revisionOf(set)}`;
    recorder.event(deployment, 'Normal', 'DeploymentRollback', message);
  }
  await client.update<Deployment>(kinds.Deployment, copy);
}

function restoreTemplate(deployment: WithSpec<Deployment>, set: ReplicaSet): void {
  const template = structuredClone(set.spec?.template ?? {});
  delete template.metadata?.labels?.[hashLabel];
  deployment.spec.template = template;
}

function lastRevision(sets: readonly ReplicaSet[]): bigint {
  const before = [...sets].sort(byRevision).at(-2);
  return before === undefined ? 0n : revisionOf(before);
}
