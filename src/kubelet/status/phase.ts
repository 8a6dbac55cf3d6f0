import type { ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { initContainers, isSidecar, mainContainers, shouldRestart } from '../pod/pod.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/**
 * A pod's phase (the kubelet's `getPhase`). `ended`: nothing of the pod will run again, so a phase that a restart policy
 * would keep Running is Succeeded or Failed by how its containers ended. `restarting`: all of them are being started over.
 */
export function podPhase(
  pod: Pod,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  { ended, restarting = false }: { ended: boolean; restarting?: boolean },
): PodPhase {
  const specs = mainContainers(pod);
  const initialized = main.some(({ state, containerID }) => state?.running !== undefined || containerID !== undefined);

  let pendingInit = 0;
  let failedInit = 0;
  let givenUp = 0;
  for (const container of initContainers(pod)) {
    const status = init.find(({ name }) => name === container.name);
    const last = status?.state?.terminated ?? (status?.state?.waiting === undefined ? undefined : status.lastState?.terminated);
    if (isSidecar(container)) {
      if (!initialized && status?.started !== true) pendingInit++;
    } else if (status?.state?.running !== undefined || last === undefined) pendingInit++;
    else if (last.exitCode !== 0) {
      failedInit++;
      if (!shouldRestart(pod, container, 'init', last.exitCode)) givenUp++;
    }
  }

  let waiting = 0;
  let running = 0;
  let stopped = 0;
  let succeeded = 0;
  let unknown = 0;
  for (const { name } of specs) {
    const status = main.find((one) => one.name === name);
    if (status === undefined) unknown++;
    else if (status.state?.running !== undefined) running++;
    else if (status.state?.terminated !== undefined) {
      stopped++;
      if (status.state.terminated.exitCode === 0) succeeded++;
    } else if (status.lastState?.terminated !== undefined) stopped++;
    else waiting++;
  }

  if (givenUp > 0) return 'Failed';
  if (restarting) return 'Running';
  if (!ended && (pendingInit > 0 || failedInit > 0) && running === 0 && stopped === 0) return 'Pending';
  if (waiting > 0) return ended ? 'Failed' : 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (stopped > 0 && unknown === 0) {
    if (ended) return stopped === succeeded ? 'Succeeded' : 'Failed';
    const mayRestart = specs.some((spec) => {
      const status = main.find(({ name }) => name === spec.name);
      const exitCode = (status?.state?.terminated ?? status?.lastState?.terminated)?.exitCode ?? 0;
      return shouldRestart(pod, spec, 'main', exitCode);
    });
    if (mayRestart) return 'Running';
    return stopped === succeeded ? 'Succeeded' : 'Failed';
  }
  return ended ? 'Failed' : 'Pending';
}
