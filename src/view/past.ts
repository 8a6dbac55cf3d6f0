import type { KubeObject } from '../api/object.ts';
import type { Picture } from './picture.ts';
import { pictureOf } from './picture-of.ts';

/** The lists of a cluster as it was, by resource: `pods`, `deployments.apps`. */
export type Lists = Readonly<Record<string, { items: readonly KubeObject[] } | undefined>>;

/** The picture of a moment that is over, from the lists that the timeline kept of it. */
export function pictureOfLists(lists: Lists): Picture {
  // What the API server has stored under a resource's name is of that resource's type.
  const of = <T>(resource: string): readonly T[] => (lists[resource]?.items ?? []) as readonly unknown[] as readonly T[];
  return pictureOf({
    nodes: of('nodes'),
    pods: of('pods'),
    services: of('services'),
    endpointSlices: of('endpointslices.discovery.k8s.io'),
    deployments: of('deployments.apps'),
    replicaSets: of('replicasets.apps'),
    statefulSets: of('statefulsets.apps'),
    daemonSets: of('daemonsets.apps'),
    jobs: of('jobs.batch'),
    events: of('events'),
    faults: of('faults.chaos.shoal.dev'),
  });
}
