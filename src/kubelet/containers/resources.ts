import { podQOSClass } from '../../api/qos.ts';
import { milliValue, quantityToNumber } from '../../api/quantity.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { AnyContainer } from '../pod/pod.ts';
import type { ContainerConfig } from '../runtime/runtime.ts';

const period = 100_000;
const leastQuota = 1_000;
const leastShares = 2;

/** CFS shares of so many thousandths of a CPU (MilliCPUToShares). */
export const sharesOf = (milliCPU: number): number =>
  milliCPU === 0 ? leastShares : Math.min(262_144, Math.max(leastShares, Math.floor((milliCPU * 1024) / 1000)));

/** A container's cgroup figures. A container without limits of its own takes those of its pod. */
export function resourcesOf(pod: Pod, container: AnyContainer, nodeMemory: number): ContainerConfig['resources'] {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const podLimits = pod.spec?.resources?.limits ?? {};
  const cpuLimit = milliValue(limits['cpu'] ?? podLimits['cpu']);
  const cpuRequest = requests['cpu'] === undefined ? cpuLimit : milliValue(requests['cpu']);
  return {
    cpuQuota: cpuLimit === 0 ? 0 : Math.max(leastQuota, Math.floor((cpuLimit * period) / 1000)),
    cpuPeriod: period,
    cpuShares: sharesOf(cpuRequest),
    memoryLimit: quantityToNumber(limits['memory'] ?? podLimits['memory']),
    oomScoreAdj: oomScore(pod, quantityToNumber(requests['memory'] ?? limits['memory']), nodeMemory),
  };
}

/** Guaranteed and critical pods go last, BestEffort first, Burstable by how much of the node they asked for. */
function oomScore(pod: Pod, memoryRequest: number, nodeMemory: number): number {
  // Priorities from system-cluster-critical on mark node-critical pods.
  if ((pod.spec?.priority ?? 0) >= 2_000_000_000) return -997;
  const qos = podQOSClass(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const score = nodeMemory === 0 ? 999 : 1000 - Math.floor((1000 * memoryRequest) / nodeMemory);
  return Math.min(999, Math.max(3, score));
}
