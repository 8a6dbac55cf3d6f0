import { type PodRequestsOptions, podRequests } from '../../api/pod-requests.ts';
import { milliValue, parseQuantity, type Quantity, quantityToNumber } from '../../api/quantity.ts';
import type { Pod } from '../../api/types/core-v1.ts';

/** Amounts as plain numbers, fit for sums over many pods. */
export interface Resources {
  /** Thousandths of a CPU. */
  milliCPU: number;
  /** Bytes. */
  memory: number;
  /** Bytes. */
  ephemeralStorage: number;
  /** Extended resources and huge pages, in whole units. */
  scalar: Map<string, number>;
}

/** What a container without a request counts for when nodes are scored: 0.1 CPU and 200 MiB (`DefaultMilliCPURequest`, `DefaultMemoryRequest`). */
const nonZero = { cpu: parseQuantity('100m'), memory: parseQuantity('200Mi') };

export const noResources = (): Resources => ({ milliCPU: 0, memory: 0, ephemeralStorage: 0, scalar: new Map() });

/** Of a node's allocatable or a pod's requests; `pods` is left out, it is counted apart. */
export function resourcesOf(list: Record<string, Quantity | string>): Resources {
  const result = noResources();
  for (const [name, quantity] of Object.entries(list)) {
    if (name === 'cpu') result.milliCPU = milliValue(quantity);
    else if (name === 'memory') result.memory = quantityToNumber(quantity);
    else if (name === 'ephemeral-storage') result.ephemeralStorage = quantityToNumber(quantity);
    else if (isScalar(name)) result.scalar.set(name, quantityToNumber(quantity));
  }
  return result;
}

export const requestsOf = (pod: Pod, options?: PodRequestsOptions): Resources => resourcesOf(podRequests(pod, options));

/** The requests with defaults for containers that say nothing of cpu or memory; for scoring. */
export const nonZeroRequestsOf = (pod: Pod): Resources => requestsOf(pod, { missing: nonZero });

/** Adds `factor` times `amount` to `total`, in place. */
export function accumulate(total: Resources, amount: Resources, factor: 1 | -1): void {
  total.milliCPU += factor * amount.milliCPU;
  total.memory += factor * amount.memory;
  total.ephemeralStorage += factor * amount.ephemeralStorage;
  for (const [name, value] of amount.scalar) total.scalar.set(name, (total.scalar.get(name) ?? 0) + factor * value);
}

/** Upstream's `IsScalarResourceName`: extended resources, huge pages, attachable volumes and prefixed native ones. */
const isScalar = (name: string): boolean =>
  name.includes('/') || name.startsWith('hugepages-') || name.startsWith('attachable-volumes-') || name.startsWith('requests.');
