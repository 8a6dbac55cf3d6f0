import { milliValue, parseQuantity, quantityToNumber } from '../../api/quantity.ts';
import type { Pod, ResourceFieldSelector } from '../../api/types/core-v1.ts';
import type { AnyContainer } from '../pod/pod.ts';

/** The addresses that a pod has while its containers are being made. */
export interface PodAddresses {
  podIPs: string[];
  hostIP: string;
}

const lines = (map: Record<string, string> | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key] ?? '')}`)
    .join('\n');

/** The value of a `fieldRef`, for variables and downward API files. Undefined when there is no such field. */
export function fieldValue(pod: Pod, path: string, { podIPs, hostIP }: PodAddresses): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript !== null) {
    const [, map, key = ''] = subscript;
    return (map === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[key] ?? '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return lines(pod.metadata.labels);
    case 'metadata.annotations':
      return lines(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
      return hostIP;
    case 'status.hostIPs':
      return hostIP;
    case 'status.podIP':
      return podIPs[0] ?? '';
    case 'status.podIPs':
      return podIPs.join(',');
    default:
      return undefined;
  }
}

/**
 * The value of a `resourceFieldRef`, rounded up to whole divisors. A limit that is not set reads as what the node can give
 * (MergeContainerResourceLimits).
 */
export function resourceValue(
  container: AnyContainer,
  { resource, divisor }: ResourceFieldSelector,
  allocatable: Readonly<Record<string, string>>,
): string | undefined {
  const [side, ...rest] = resource.split('.');
  const name = rest.join('.');
  if ((side !== 'limits' && side !== 'requests') || name === '') return undefined;
  const own = container.resources?.[side]?.[name];
  const quantity = parseQuantity(own ?? (side === 'limits' ? allocatable[name] : undefined));
  const unit = divisor === undefined || quantityToNumber(divisor) === 0 ? '1' : divisor;
  return String(
    name === 'cpu' ? Math.ceil(milliValue(quantity) / milliValue(unit)) : Math.ceil(quantityToNumber(quantity) / quantityToNumber(unit)),
  );
}
