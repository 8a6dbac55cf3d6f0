import type { Pod } from '../../api/types/core-v1.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import type { PodState } from '../context.ts';
import type { Container } from '../runtime/runtime.ts';
import { actuatedResources, allocationOf, changedResources, rememberedAllocation, resizeMessage, withAllocation } from './allocation.ts';
import { initContainers, isSidecar, mainContainers } from './pod.ts';

/** Why a node cannot give a pod what it wants now: `Infeasible` is never, `Deferred` until others leave. */
export interface ResizeRefusal {
  reason: 'Infeasible' | 'Deferred';
  message: string;
}

/** What a pod's conditions tell of its resize. */
export interface ResizeState {
  pending: ResizeRefusal | undefined;
  /** Why containers could not be given what the pod was granted. */
  error: string | undefined;
}

export interface Resizer {
  /** The pod as it is to run, from what the API has of it now. */
  accept(pod: Pod): Pod;
  /** Grants what the pod wants, or notes why not. True when something was granted. */
  grant(state: PodState): boolean;
  /** Tells of the end of a resize, once every container has what was granted. */
  observe(state: PodState, containers: readonly Container[]): void;
}

/** Follows one pod's wishes for other resources (allocation.Manager). */
export function createResizer(
  first: Pod,
  { recorder, refusal }: { recorder: EventRecorder; refusal: (wanted: Pod) => ResizeRefusal | undefined },
): Resizer {
  let wanted = first;
  let allocation = rememberedAllocation(first);
  let started = first.status?.conditions?.some(({ type }) => type === 'PodResizeInProgress') ?? false;
  return {
    accept(pod) {
      wanted = pod;
      return withAllocation(pod, allocation);
    },
    grant(state) {
      const { resize } = state;
      if (state.pod === wanted) {
        resize.pending = undefined;
        return false;
      }
      const refused = refusal(wanted);
      if (refused !== undefined) {
        const known = resize.pending?.reason === refused.reason && resize.pending.message === refused.message;
        if (!known) recorder.event(wanted, 'Warning', `Resize${refused.reason}`, resizeMessage(wanted, refused.reason, refused.message));
        resize.pending = refused;
        return false;
      }
      allocation = allocationOf(wanted);
      state.pod = wanted;
      resize.pending = undefined;
      resize.error = undefined;
      started = true;
      recorder.event(wanted, 'Normal', 'ResizeStarted', resizeMessage(wanted, 'started'));
      return true;
    },
    observe(state, containers) {
      if (!started || isResizing(state, containers)) return;
      started = false;
      state.resize.error = undefined;
      recorder.event(state.pod, 'Normal', 'ResizeCompleted', resizeMessage(state.pod, 'completed'));
    },
  };
}

/** Whether a container of the pod runs with other resources than it was granted. */
export function isResizing({ pod, status, actuated }: PodState, containers: readonly Container[]): boolean {
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)].some((spec) => {
    const found = containers.find(({ name }) => name === spec.name);
    if (found?.state !== 'running') return false;
    return changedResources(spec.resources, actuatedResources(actuated, statuses, spec, found.id)).length > 0;
  });
}
