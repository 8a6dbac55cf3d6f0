/**
 * What an object costs of a ResourceQuota, by upstream's evaluators (`pkg/quota/v1/evaluator/core`). Admission charges with it and the
 * quota controller counts with it, so that both agree.
 */
import type { Kind } from './kind.ts';
import type { KubeObject } from './object.ts';
import { podLimits, podRequests, type ResourceList } from './pod-requests.ts';
import { podQOSClass } from './qos.ts';
import { addQuantity, compareQuantity, parseQuantity, quantityOf, subQuantity } from './quantity.ts';
import { kinds } from './scheme.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service } from './types/core-v1.ts';

const one = quantityOf(1);
const storageClassSuffix = '.storageclass.storage.k8s.io/';
const is = (kind: Kind, other: Kind): boolean => kind.group === other.group && kind.plural === other.plural;

/** The quota resource that counts objects of a kind whatever they hold: `count/pods`, `count/deployments.apps`. */
export const objectCountName = (kind: Pick<Kind, 'group' | 'plural'>): string =>
  `count/${kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`}`;

/** Kinds that also have a count under their bare name. */
const plainCounts: readonly Kind[] = [
  kinds.ConfigMap,
  kinds.PersistentVolumeClaim,
  kinds.ReplicationController,
  kinds.ResourceQuota,
  kinds.Secret,
  kinds.Service,
];

/** @param now milliseconds since the epoch, for pods that are past their deletion. */
export function quotaUsage(kind: Kind, object: KubeObject, now: number): ResourceList {
  const usage: ResourceList = { [objectCountName(kind)]: one };
  if (plainCounts.some((plain) => is(plain, kind))) usage[kind.plural] = one;
  if (is(kind, kinds.Pod)) return { ...usage, ...podUsage(object as Pod, now) };
  if (is(kind, kinds.Service)) return { ...usage, ...serviceUsage(object as Service) };
  if (is(kind, kinds.PersistentVolumeClaim)) return { ...usage, ...claimUsage(object as PersistentVolumeClaim) };
  return usage;
}

/** Whether quota resource `name` is one that objects of `kind` can use. */
export function quotaCovers(kind: Kind, name: string): boolean {
  if (name === objectCountName(kind)) return true;
  if (plainCounts.some((plain) => is(plain, kind)) && name === kind.plural) return true;
  if (is(kind, kinds.Service)) return name === 'services.loadbalancers' || name === 'services.nodeports';
  if (is(kind, kinds.PersistentVolumeClaim)) return name === 'requests.storage' || name.includes(storageClassSuffix);
  if (!is(kind, kinds.Pod)) return false;
  if (['pods', 'cpu', 'memory', 'ephemeral-storage'].includes(name)) return true;
  const [, prefix, resource = ''] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
  if (prefix === undefined) return name.startsWith('hugepages-');
  if (['cpu', 'memory', 'ephemeral-storage'].includes(resource)) return true;
  if (prefix !== 'requests' || resource.includes(storageClassSuffix)) return false;
  return resource.startsWith('hugepages-') || (resource.includes('/') && !resource.includes('kubernetes.io/'));
}

function podUsage(pod: Pod, now: number): ResourceList {
  if (isTerminal(pod, now)) return {};
  const usage: ResourceList = { pods: one };
  for (const [name, amount] of Object.entries(podRequests(pod))) {
    usage[`requests.${name}`] = amount;
    if (['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-')) usage[name] = amount;
  }
  for (const [name, amount] of Object.entries(podLimits(pod))) usage[`limits.${name}`] = amount;
  return usage;
}

/** Ended, or past the grace of its deletion, as when its node is gone (upstream: `QuotaV1Pod`). */
function isTerminal({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return now > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function serviceUsage({ spec }: Service): ResourceList {
  const ports = quantityOf(spec?.ports?.length ?? 0);
  if (spec?.type === 'NodePort') return { 'services.nodeports': ports, 'services.loadbalancers': quantityOf(0) };
  if (spec?.type !== 'LoadBalancer') return { 'services.nodeports': quantityOf(0), 'services.loadbalancers': quantityOf(0) };
  const allocated = spec.allocateLoadBalancerNodePorts === false ? (spec.ports ?? []).filter(({ nodePort }) => nodePort).length : undefined;
  return { 'services.nodeports': allocated === undefined ? ports : quantityOf(allocated), 'services.loadbalancers': one };
}

function claimUsage({ metadata, spec, status }: PersistentVolumeClaim): ResourceList {
  const storageClass = spec?.storageClassName ?? metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? '';
  const usage: ResourceList = storageClass === '' ? {} : { [`${storageClass}${storageClassSuffix}persistentvolumeclaims`]: one };
  const asked = spec?.resources?.requests?.['storage'];
  if (asked === undefined) return usage;
  const granted = status?.allocatedResources?.['storage'];
  const amount = parseQuantity(granted !== undefined && compareQuantity(granted, asked) > 0 ? granted : asked);
  usage['requests.storage'] = amount;
  if (storageClass !== '') usage[`${storageClass}${storageClassSuffix}requests.storage`] = amount;
  return usage;
}

/** Whether every scope of the quota takes the object in. Only pods and claims have scopes; a scoped quota takes nothing else. */
export function quotaMatches({ spec }: Pick<ResourceQuota, 'spec'>, kind: Kind, object: KubeObject): boolean {
  const scopes: ScopedResourceSelectorRequirement[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (is(kind, kinds.Pod)) return scopes.every((scope) => podInScope(scope, object as Pod));
  if (is(kind, kinds.PersistentVolumeClaim)) return scopes.every((scope) => claimInScope(scope, object as PersistentVolumeClaim));
  return scopes.length === 0;
}

function podInScope({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  switch (scopeName) {
    case 'Terminating':
      return pod.spec?.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return podQOSClass(pod) === 'BestEffort';
    case 'NotBestEffort':
      return podQOSClass(pod) !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(pod);
    case 'PriorityClass':
      return setMatches(operator, values, pod.spec?.priorityClassName ?? '');
    default:
      return false;
  }
}

/** A claim counts for the class that it asks for, for that which it has, and for that which it is being changed to. */
function claimInScope({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, claim: PersistentVolumeClaim): boolean {
  if (scopeName !== 'VolumeAttributesClass') return false;
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = claim.status ?? {};
  const classes = [
    claim.spec?.volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== '');
  return (classes.length === 0 ? [''] : classes).some((name) => setMatches(operator, values, name ?? ''));
}

function setMatches(operator: string, values: readonly string[], actual: string): boolean {
  if (operator === 'Exists') return actual !== '';
  if (operator === 'DoesNotExist') return actual === '';
  return operator === 'In' ? values.includes(actual) : !values.includes(actual);
}

function crossesNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
    ].some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined),
  );
}

/** `a + b` over the resources of both. */
export function addResources(a: ResourceList, b: ResourceList): ResourceList {
  const sum = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = sum[name] === undefined ? amount : addQuantity(sum[name], amount);
  return sum;
}

/** `a - b` over the resources of both; below zero where `b` is more. */
export function subtractResources(a: ResourceList, b: ResourceList): ResourceList {
  const difference = { ...a };
  for (const [name, amount] of Object.entries(b)) difference[name] = subQuantity(difference[name] ?? quantityOf(0, amount.format), amount);
  return difference;
}
