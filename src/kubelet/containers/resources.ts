import { podQOSClass } from '../../api/qos.ts';
import { milliValue, quantityToNumber } from '../../api/quantity.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { type AnyContainer, isSidecar, mainContainers, roleOf } from '../pod/pod.ts';
import type { ContainerConfig } from '../runtime/runtime.ts';

const period = 100_000;
const leastQuota = 1_000;
const leastShares = 2;
const guaranteedScore = -997;

const memoryRequest = ({ resources }: AnyContainer): number =>
  quantityToNumber(resources?.requests?.['memory'] ?? resources?.limits?.['memory']);

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
    oomScoreAdj: oomScore(pod, container, nodeMemory),
  };
}

/** Guaranteed and node-critical pods go last, BestEffort first, Burstable by how much of the node they asked for (qos.GetContainerOOMScoreAdjust). */
function oomScore(pod: Pod, container: AnyContainer, nodeMemory: number): number {
  if (pod.spec?.priorityClassName === 'system-node-critical') return guaranteedScore;
  const qos = podQOSClass(pod);
  if (qos === 'Guaranteed') return guaranteedScore;
  if (qos === 'BestEffort') return 1000;
  const scoreOf = (request: number): number => (nodeMemory === 0 ? 999 : 1000 - Math.floor((1000 * request) / nodeMemory));
  let score = scoreOf(memoryRequest(container));
  // A sidecar is not to be ended before the container that it serves.
  if (isSidecar(container) && roleOf(pod, container.name) === 'init') {
    score = Math.min(score, scoreOf(Math.min(...mainContainers(pod).map(memoryRequest))));
  }
  return Math.min(999, Math.max(1000 + guaranteedScore, score));
}
