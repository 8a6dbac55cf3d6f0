import { type AffinityTerm, compileAffinityTerm } from '../../api/affinity-term.ts';
import { semanticEqual } from '../../api/deep-equal.ts';
import { type HostPort, hostPortsOf } from '../../api/host-ports.ts';
import { compileRequiredNodeAffinity, type NodeMatcher } from '../../api/node-affinity.ts';
import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../api/types/core-v1.ts';
import { nonZeroRequestsOf, type Resources, requestsOf } from './resources.ts';

/** A pod with all that is worked out of it once, however many nodes are looked at. */
export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly priority: number;
  readonly requests: Resources;
  /** With defaults for what is not said; for scoring. */
  readonly nonZeroRequests: Resources;
  /** `nodeSelector` and required node affinity; absent when the pod requires nothing. */
  readonly requiredNodeAffinity: NodeMatcher | undefined;
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
  readonly hostPorts: readonly HostPort[];
}

export function podInfoOf(pod: Pod): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const requests = requestsOf(pod);
  return {
    pod,
    uid: uidOf(pod),
    priority: pod.spec?.priority ?? 0,
    requests,
    nonZeroRequests: nonZeroRequestsOf(pod),
    requiredNodeAffinity: compileRequiredNodeAffinity(pod.spec),
    requiredAffinity: required(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(pod, podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(pod, podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    hostPorts: hostPortsOf(pod),
  };
}

export const uidOf = (pod: Pod): string => pod.metadata.uid ?? `${pod.metadata.namespace}/${pod.metadata.name}`;

/**
 * Whether an update of a pod that has its node changes nothing that scheduling looks at: of such a pod only labels,
 * resources (in-place resize) and the start of its deletion can change.
 */
export const sameForScheduling = (a: Pod, b: Pod): boolean =>
  (a.metadata.deletionTimestamp === undefined) === (b.metadata.deletionTimestamp === undefined) &&
  semanticEqual(a.metadata.labels, b.metadata.labels) &&
  semanticEqual(resizable(a), resizable(b));

const resizable = ({ spec, status }: Pod): unknown => [
  spec?.resources,
  spec?.containers.map(({ resources }) => resources),
  spec?.initContainers?.map(({ resources }) => resources),
  status?.containerStatuses?.map(({ resources, allocatedResources }) => [resources, allocatedResources]),
  status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason,
];

const required = (pod: Pod, terms: readonly PodAffinityTerm[] = []): AffinityTerm[] => terms.map((term) => compileAffinityTerm(pod, term));
const preferred = (pod: Pod, terms: readonly WeightedPodAffinityTerm[] = []): AffinityTerm[] =>
  terms.map(({ podAffinityTerm, weight }) => compileAffinityTerm(pod, podAffinityTerm, weight));
