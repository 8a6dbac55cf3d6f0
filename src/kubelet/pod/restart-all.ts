import type { ContainerStatus, Pod, PodStatus } from '../../api/types/core-v1.ts';
import { containerAnnotations } from '../containers/config.ts';
import type { KubeletContext, PodState } from '../context.ts';
import type { Container } from '../runtime/runtime.ts';
import { allContainers, mainContainers, matchingRule } from './pod.ts';

export const restartingCondition = 'AllContainersRestarting';

/** The container whose end has its whole pod start over (KEP-5532's RestartAllContainers); `containers` are newest first. */
export function restartAllSource(pod: Pod, containers: readonly Container[]): Container | undefined {
  for (const spec of allContainers(pod)) {
    const newest = containers.find(({ name }) => name === spec.name);
    if (newest?.state === 'exited' && matchingRule(spec, newest.exitCode ?? 0)?.action === 'RestartAllContainers') return newest;
  }
  return undefined;
}

/** Whether a pod starts over: from the end that began it until its own containers are made again. */
export function startsOver(pod: Pod, status: PodStatus, containers: readonly Container[]): boolean {
  if (restartAllSource(pod, containers) !== undefined) return true;
  const begun = status.conditions?.some((one) => one.type === restartingCondition && one.status === 'True') ?? false;
  return begun && mainContainers(pod).some((spec) => !containers.some(({ name }) => name === spec.name));
}

/**
 * Removes all containers of a pod, so that it starts over in its sandbox; how they ended is kept in its status. Resolves to the
 * milliseconds to wait before that while the container that caused it is in its back-off.
 */
export async function startOver(
  { clock, runtime }: KubeletContext,
  state: PodState,
  containers: readonly Container[],
  source: Container,
): Promise<number | undefined> {
  const since = source.finishedAt ?? source.createdAt;
  const key = source.annotations[containerAnnotations.hash] ?? source.name;
  if (state.restarts.isWaiting(key, since)) return Math.max(1, since + state.restarts.delay(key) - clock.now());
  state.restarts.next(key, since);
  for (const { id } of containers) await runtime.removeContainer(id);
  const { initContainerStatuses: init, containerStatuses: main } = state.status;
  state.status = {
    ...state.status,
    ...(init === undefined ? {} : { initContainerStatuses: init.map(reset) }),
    ...(main === undefined ? {} : { containerStatuses: main.map(reset) }),
  };
  return undefined;
}

function reset({ containerID, ...status }: ContainerStatus): ContainerStatus {
  const { terminated } = status.state ?? {};
  return {
    ...status,
    ready: false,
    restartCount: status.restartCount + (containerID === undefined ? 0 : 1),
    state: { waiting: { reason: 'PodInitializing' } },
    lastState: terminated === undefined ? (status.lastState ?? {}) : { terminated },
  };
}
