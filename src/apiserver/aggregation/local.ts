import type { Kind } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { APIService } from '../../api/types/apiregistration-v1.ts';

/** How high a group stands in discovery, and a version in its group (upstream: DefaultGenericAPIServicePriorities). */
const priorities: Record<string, [group: number, version: number]> = {
  v1: [18000, 1],
  'apps/v1': [17800, 15],
  'events.k8s.io/v1': [17750, 15],
  'authentication.k8s.io/v1': [17700, 15],
  'authorization.k8s.io/v1': [17600, 15],
  'autoscaling/v1': [17500, 15],
  'autoscaling/v2': [17500, 30],
  'batch/v1': [17400, 15],
  'certificates.k8s.io/v1': [17300, 15],
  'networking.k8s.io/v1': [17200, 15],
  'policy/v1': [17100, 15],
  'rbac.authorization.k8s.io/v1': [17000, 15],
  'storage.k8s.io/v1': [16800, 15],
  'apiextensions.k8s.io/v1': [16700, 15],
  'admissionregistration.k8s.io/v1': [16700, 15],
  'scheduling.k8s.io/v1': [16600, 15],
  'coordination.k8s.io/v1': [16500, 15],
  'node.k8s.io/v1': [16300, 15],
  'discovery.k8s.io/v1': [16200, 15],
  'flowcontrol.apiserver.k8s.io/v1': [16100, 21],
  'resource.k8s.io/v1': [16000, 20],
};

/** Of groups that custom resources bring. */
const customPriority: [number, number] = [1000, 100];

/** Marks APIServices that the server keeps itself: `onstart` for its own, `true` for those of custom resources. */
export const automanaged = 'kube-aggregator.kubernetes.io/automanaged';

export const apiServiceName = (group: string, version: string): string => `${version}.${group}`;

/** The APIService of a group and version that this server answers itself. */
export function localApiService(group: string, version: string, custom: boolean): APIService {
  const [groupPriorityMinimum, versionPriority] = priorities[apiVersionOf({ group, version })] ?? customPriority;
  return {
    apiVersion: apiVersionOf(kinds.APIService),
    kind: kinds.APIService.kind,
    metadata: { name: apiServiceName(group, version), labels: { [automanaged]: custom ? 'true' : 'onstart' } },
    spec: { ...(group === '' ? {} : { group }), version, groupPriorityMinimum, versionPriority },
  };
}

/** One for every built-in group and version but the aggregator's own, which upstream does not list either. */
export function builtinApiServices(all: readonly Kind[]): APIService[] {
  const versions = new Map(all.map(({ group, version }) => [apiServiceName(group, version), { group, version }]));
  return [...versions.values()]
    .filter(({ group }) => group !== kinds.APIService.group)
    .map(({ group, version }) => localApiService(group, version, false));
}
