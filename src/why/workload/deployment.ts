import { kinds } from '../../api/scheme.ts';
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { are, plural } from '../text.ts';
import type { World } from '../world.ts';
import { isReady, nameOf, podsOf, troublesAmong, troubleTable } from './pods-of.ts';
import { refusedFinding, replicaFailure } from './refused.ts';

/** A rollout that does not come to its end: refused pods, pods in trouble, a pause, a controller that has not looked. */
export async function deploymentRollout(deployment: Deployment, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', deletionTimestamp, generation = 0 } = deployment.metadata;
  if (deletionTimestamp !== undefined) return [];
  const { replicas: wanted = 1, paused } = deployment.spec ?? {};
  const { updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, replicas = 0, conditions } = deployment.status ?? {};
  if (updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= wanted) return [];
  const object = refOf(kinds.Deployment, deployment);
  const sets = (await world.list(kinds.ReplicaSet, namespace)).filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  const refused =
    replicaFailure(conditions) ?? sets.map(({ status }) => replicaFailure(status?.conditions)).find((text) => text !== undefined);
  const findings: Finding[] = [];
  if (refused !== undefined) findings.push(refusedFinding(kinds.Deployment, deployment, refused));
  if (paused === true && updatedReplicas < wanted) {
    const message = `Deployment ${name} is paused, with ${updatedReplicas} of ${wanted} pods of its newest template.`;
    findings.push({
      object,
      code: 'PAUSED',
      severity: 'warning',
      message,
      evidence: [],
      fix: [`kubectl rollout resume deployment/${name} -n ${namespace}`],
    });
  }
  const pods = (await Promise.all(sets.map((set) => podsOf(set, world)))).flat();
  const troubles = await troublesAmong(
    newestFirst(pods, sets).filter((pod) => !isReady(pod)),
    world,
  );
  const progress = conditions?.find(({ type }) => type === 'Progressing');
  const late = progress?.status === 'False';
  const [first] = troubles;
  if (first === undefined && findings.length > 0) return findings;
  const head = `Deployment ${name} has ${readyReplicas} of ${plural(wanted, 'pod')} ready`;
  if (first === undefined) {
    const unseen = (deployment.status?.observedGeneration ?? 0) < generation;
    const message = unseen
      ? `${head}: its controller has not looked at its newest version yet.`
      : `${head}, ${updatedReplicas} of the newest template; ${are(Math.max(0, replicas - updatedReplicas))} of an older one.`;
    findings.push({
      object,
      code: late ? 'ROLLOUT_STUCK' : 'ROLLOUT_RUNNING',
      severity: late ? 'error' : 'warning',
      message,
      evidence: late ? [fact(progress?.message ?? '')] : [],
      fix: [],
    });
    return findings;
  }
  const stuck = late || first.finding.severity === 'error';
  findings.push({
    object,
    code: stuck ? 'ROLLOUT_STUCK' : 'ROLLOUT_RUNNING',
    severity: stuck ? 'error' : 'warning',
    message: `${head}. ${first.finding.message}`,
    evidence: [...troubleTable(troubles), ...(late ? [fact(`${progress?.reason}: ${progress?.message}`)] : [])],
    fix:
      replicas > updatedReplicas && updatedReplicas > 0 && stuck
        ? [`go back to what ran before: kubectl rollout undo deployment/${name} -n ${namespace}`]
        : [],
    because: first.finding,
  });
  return findings;
}

const revisionOf = ({ metadata }: ReplicaSet): number => Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);

function newestFirst(pods: readonly Pod[], sets: readonly ReplicaSet[]): Pod[] {
  const revisions = new Map(sets.map((set) => [set.metadata.uid, revisionOf(set)]));
  const rank = (pod: Pod): number => revisions.get(controllerOf(pod)?.uid ?? '') ?? 0;
  return pods.toSorted((a, b) => rank(b) - rank(a) || nameOf(a).localeCompare(nameOf(b)));
}

export function deploymentWell(deployment: Deployment): readonly Finding[] {
  const { replicas = 1 } = deployment.spec ?? {};
  const message = `Deployment ${nameOf(deployment)} is available: ${plural(replicas, 'pod')} of its newest template ${replicas === 1 ? 'is' : 'are'} ready.`;
  return [{ object: refOf(kinds.Deployment, deployment), code: 'HEALTHY', severity: 'info', message, evidence: [], fix: [] }];
}
