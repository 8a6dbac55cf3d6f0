import { omittedAtZero, omitZero } from '../../api/defaults/zero.ts';
import type { DaemonSetStatus } from '../../api/types/apps-v1.ts';
import { byCreation, nameOf } from '../lib/objects.ts';
import { isAvailable, isReady } from '../lib/pods.ts';
import { type DaemonSnapshot, hashLabel } from './manage.ts';
import { nodeShouldRun } from './nodes.ts';

/** The counts over all nodes; of several pods on a node the oldest counts. */
export function daemonStatus({ daemonSet, nodes, podsByNode, hash, now }: DaemonSnapshot): DaemonSetStatus {
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const [pod] = [...(podsByNode.get(nameOf(node)) ?? [])].sort(byCreation);
    if (!nodeShouldRun(daemonSet, node).run) {
      if (pod !== undefined) counts.misscheduled += 1;
      continue;
    }
    counts.desired += 1;
    if (pod === undefined) continue;
    counts.current += 1;
    if (isReady(pod)) counts.ready += 1;
    if (isAvailable(pod, daemonSet.spec?.minReadySeconds ?? 0, now)) counts.available += 1;
    if (pod.metadata.labels?.[hashLabel] === hash) counts.updated += 1;
  }
  const { generation } = daemonSet.metadata;
  const { collisionCount, conditions } = daemonSet.status ?? {};
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    desiredNumberScheduled: counts.desired,
    numberMisscheduled: counts.misscheduled,
    numberReady: counts.ready,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
    updatedNumberScheduled: counts.updated,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
  omitZero(status, ...omittedAtZero.DaemonSet);
  return status;
}
