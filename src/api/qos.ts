import { compareQuantity, parseQuantity } from './quantity.ts';
import type { Pod, ResourceRequirements } from './types/core-v1.ts';

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The quality of service class of a pod (ComputePodQOS): only cpu and memory above zero count. */
export function podQOSClass({ spec }: Pod): QOSClass {
  const podLevel = spec?.resources;
  const all =
    podLevel === undefined ? [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }) => resources) : [podLevel];
  const amounts = all.map((resources) => ({ requests: positive(resources, 'requests'), limits: positive(resources, 'limits') }));
  if (amounts.every(({ requests, limits }) => requests.size === 0 && limits.size === 0)) return 'BestEffort';
  const guaranteed = amounts.every(
    ({ requests, limits }) =>
      limits.size === 2 &&
      [...limits].every(([name, limit]) => {
        const request = requests.get(name);
        return request !== undefined && compareQuantity(parseQuantity(request), parseQuantity(limit)) === 0;
      }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positive(resources: ResourceRequirements | undefined, side: 'requests' | 'limits'): Map<string, string> {
  const zero = parseQuantity('0');
  return new Map(
    Object.entries(resources?.[side] ?? {}).filter(
      ([name, quantity]) => (name === 'cpu' || name === 'memory') && compareQuantity(parseQuantity(quantity), zero) > 0,
    ),
  );
}
