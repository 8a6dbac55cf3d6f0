import { kinds } from '../../api/scheme.ts';
import type { StatefulSet } from '../../api/types/apps-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { plural } from '../text.ts';
import type { World } from '../world.ts';
import { isReady, podsOf, troublesAmong, troubleTable } from './pods-of.ts';
import { lastRefusal, refusedFinding } from './refused.ts';

/** A StatefulSet that stands still at one ordinal, and what waits for it. */
export async function statefulSetOrdinal(set: StatefulSet, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', deletionTimestamp } = set.metadata;
  const { replicas: wanted = 1, podManagementPolicy = 'OrderedReady', updateStrategy } = set.spec ?? {};
  const { readyReplicas = 0, updateRevision, currentRevision } = set.status ?? {};
  const updating = updateRevision !== currentRevision && updateStrategy?.type !== 'OnDelete';
  if (deletionTimestamp !== undefined || (readyReplicas >= wanted && !updating)) return [];
  const object = refOf(kinds.StatefulSet, set);
  const pods = (await podsOf(set, world)).toSorted((a, b) => ordinalOf(a.metadata.name) - ordinalOf(b.metadata.name));
  const unready = pods.filter((pod) => !isReady(pod));
  const troubles = await troublesAmong(unready.slice(0, podManagementPolicy === 'Parallel' ? unready.length : 1), world);
  const [first] = troubles;
  const head = `StatefulSet ${name} has ${readyReplicas} of ${plural(wanted, 'pod')} ready`;
  if (first === undefined) {
    const refused = await lastRefusal(set, world);
    if (refused !== undefined && pods.length < wanted) return [refusedFinding(kinds.StatefulSet, set, refused)];
    const step = updating ? ' and is going from one revision to the next' : '';
    return [{ object, code: 'ROLLOUT_RUNNING', severity: 'warning', message: `${head}${step}.`, evidence: [], fix: [] }];
  }
  const stuckAt = first.pods[0] ?? '';
  const later = wanted - 1 - ordinalOf(stuckAt);
  const ordered = podManagementPolicy === 'OrderedReady';
  const behind =
    ordered && later > 0 && pods.length < wanted
      ? [fact(`Pods are made in order: ${plural(later, 'more pod')} after ${stuckAt} will be made when it is ready.`)]
      : [];
  const fix =
    ordered && updating
      ? [
          `when the template is mended, delete ${stuckAt} by hand: a pod that never was ready is not replaced (kubectl delete pod ${stuckAt} -n ${namespace})`,
        ]
      : [];
  return [
    {
      object,
      code: ordered ? 'ORDINAL_STUCK' : 'ROLLOUT_STUCK',
      severity: first.finding.severity,
      message: `${head}${ordered ? ` and stands at ${stuckAt}` : ''}. ${first.finding.message}`,
      evidence: [...troubleTable(troubles), ...behind],
      fix,
      because: first.finding,
    },
  ];
}

const ordinalOf = (name = ''): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
