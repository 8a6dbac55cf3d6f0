import { omittedAtZero, omitZero } from '../../api/defaults/zero.ts';
import type { StatefulSetStatus } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { isDeleting } from '../lib/objects.ts';
import { isAvailable, isReady, phaseOf } from '../lib/pods.ts';
import { revisionNameOf } from './identity.ts';
import { replicasOf, type SetSnapshot } from './plan.ts';

/** The counts of these pods; when all are of the new revision, ready and complete, it becomes the current one. */
export function setStatus({ set, pods, currentRevision, updateRevision, now }: SetSnapshot, collisionCount: number): StatefulSetStatus {
  const count = (test: (pod: Pod) => boolean): number => pods.filter(test).length;
  const ready = (pod: Pod): boolean => phaseOf(pod) === 'Running' && isReady(pod);
  const { generation } = set.metadata;
  const status: StatefulSetStatus = {
    replicas: pods.length,
    readyReplicas: count(ready),
    availableReplicas: count((pod) => ready(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now)),
    currentReplicas: count((pod) => !isDeleting(pod) && revisionNameOf(pod) === currentRevision),
    updatedReplicas: count((pod) => !isDeleting(pod) && revisionNameOf(pod) === updateRevision),
    currentRevision,
    updateRevision,
    collisionCount,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  };
  const wanted = replicasOf(set);
  const rolled = status.updatedReplicas === wanted && status.readyReplicas === wanted && status.replicas === wanted;
  if (rolled && set.spec.updateStrategy?.type !== 'OnDelete') {
    status.currentReplicas = status.updatedReplicas ?? 0;
    status.currentRevision = updateRevision;
  }
  omitZero(status, ...omittedAtZero.StatefulSet);
  return status;
}
