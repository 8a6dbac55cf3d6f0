import type { ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { initContainers, isSidecar } from '../pod/pod.ts';
import { lost } from './container-statuses.ts';

/**
 * The last word on a pod's containers (the status manager's TerminatePod): what ran and cannot be found has failed; what never
 * came to start, because initialization did not get that far, keeps waiting.
 */
export function settle(pod: Pod, init: ContainerStatus[], main: ContainerStatus[], ephemeral: ContainerStatus[]): void {
  const ran = initialized(pod, init, main) ? main : [];
  for (const status of [...ran, ...attempted(init), ...ephemeral]) {
    if (status.state?.terminated === undefined) status.state = lost('The container could not be located when the pod was terminated');
  }
  for (const status of [...init, ...main, ...ephemeral]) {
    status.ready = init.includes(status) && status.ready && status.state?.terminated?.exitCode === 0;
    if (status.started === true) status.started = false;
  }
}

/** Whether there is any sign that the pod's own containers were due (hasPodInitialized). */
function initialized(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): boolean {
  const last = initContainers(pod).at(-1);
  if (last === undefined) return true;
  if (main.some(({ state, lastState }) => lastState?.terminated !== undefined || state?.waiting === undefined)) return true;
  const status = init.find(({ name }) => name === last.name);
  if (isSidecar(last)) return status?.state?.running !== undefined && status.started === true;
  return status?.state?.terminated?.exitCode === 0 || status?.lastState?.terminated?.exitCode === 0;
}

/** All up to the last that has been tried, and the first in any case (initializedContainers). */
function attempted(init: ContainerStatus[]): ContainerStatus[] {
  const last = init.findLastIndex(({ state, lastState }) => state?.waiting === undefined || lastState?.terminated !== undefined);
  return init.slice(0, Math.max(1, last + 1));
}
