import type { Change } from '../change.ts';
import { isUntold } from '../recorded.ts';
import type { Circumstances, Describe, Step } from '../step.ts';
import { describeFault } from './fault.ts';
import { describeAny, describeData } from './generic.ts';
import { describeNode } from './node.ts';
import { describeEndpointSlice, describeEvent, describeNamespace, describeVolumeClaim } from './others.ts';
import { describePod } from './pod.ts';
import { describeWorkload } from './workload.ts';

/** By the prefix of keys. What is not here is told of as any kind is. */
const table: Readonly<Record<string, Describe>> = {
  '/core/pods/': describePod,
  '/core/nodes/': describeNode,
  '/core/events/': describeEvent,
  '/core/namespaces/': describeNamespace,
  '/core/configmaps/': describeData,
  '/core/secrets/': describeData,
  '/core/persistentvolumeclaims/': describeVolumeClaim,
  '/discovery.k8s.io/endpointslices/': describeEndpointSlice,
  '/apps/deployments/': describeWorkload,
  '/apps/replicasets/': describeWorkload,
  '/apps/statefulsets/': describeWorkload,
  '/apps/daemonsets/': describeWorkload,
  '/batch/jobs/': describeWorkload,
  '/batch/cronjobs/': describeWorkload,
  '/chaos.shoal.dev/faults/': describeFault,
};

/** What a write tells of, in order; often nothing. See {@link Describe}. */
export function describe(change: Change, circumstances: Circumstances): Iterable<Step> {
  const { key } = change;
  if (isUntold(key)) return [];
  const prefix = key.slice(0, key.indexOf('/', key.indexOf('/', 1) + 1) + 1);
  return (table[prefix] ?? describeAny)(change, circumstances);
}
