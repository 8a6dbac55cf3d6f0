import { kinds } from '../../api/scheme.ts';
import type { ReplicaSet } from '../../api/types/apps-v1.ts';
import type { Finding } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { plural } from '../text.ts';
import type { World } from '../world.ts';
import { isReady, podsOf, troublesAmong, troubleTable } from './pods-of.ts';
import { refusedFinding, replicaFailure } from './refused.ts';

/** Pods that a ReplicaSet may not create, or that are in trouble. */
export async function replicaSetPods(set: ReplicaSet, world: World): Promise<readonly Finding[]> {
  const { name = '', deletionTimestamp } = set.metadata;
  const wanted = set.spec?.replicas ?? 1;
  if (deletionTimestamp !== undefined || (set.status?.readyReplicas ?? 0) >= wanted) return [];
  const refused = replicaFailure(set.status?.conditions);
  if (refused !== undefined) return [refusedFinding(kinds.ReplicaSet, set, refused)];
  const troubles = await troublesAmong(
    (await podsOf(set, world)).filter((pod) => !isReady(pod)),
    world,
  );
  const [first] = troubles;
  if (first === undefined) return [];
  const { severity } = first.finding;
  return [
    {
      object: refOf(kinds.ReplicaSet, set),
      code: severity === 'error' ? 'ROLLOUT_STUCK' : 'ROLLOUT_RUNNING',
      severity,
      message: `ReplicaSet ${name} has ${set.status?.readyReplicas ?? 0} of ${plural(wanted, 'pod')} ready. ${first.finding.message}`,
      evidence: troubleTable(troubles),
      fix: [],
      because: first.finding,
    },
  ];
}
