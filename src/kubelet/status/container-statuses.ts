import type { ContainerState, ContainerStatus } from '../../api/types/core-v1.ts';
import { isRecursivelyReadOnly } from '../containers/config.ts';
import { terminationMessage } from '../containers/termination-message.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { actuatedResources } from '../pod/allocation.ts';
import { type AnyContainer, type ContainerRole, isSidecar, shouldRestart } from '../pod/pod.ts';
import type { Container } from '../runtime/runtime.ts';

/** RFC 3339 in whole seconds; undefined for a time that is not known. */
export const timeText = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Shown where a container that ran cannot be found any more. */
export const lost = (message: string): ContainerState => ({
  terminated: { reason: 'ContainerStatusUnknown', message, exitCode: 137 },
});

/**
 * The statuses of the containers of one list (convertToAPIContainerStatuses): from the runtime's newest instances, the
 * failures that keep them from starting, and what the pod's status said before.
 */
export async function containerStatuses(
  context: KubeletContext,
  state: PodState,
  specs: readonly AnyContainer[],
  role: ContainerRole,
  facts: { instances: Container[]; before: ContainerStatus[]; ended: boolean },
): Promise<ContainerStatus[]> {
  const result = await Promise.all(
    specs.map(async (spec): Promise<ContainerStatus> => {
      const found = facts.instances.filter(({ name }) => name === spec.name);
      const before = facts.before.find(({ name }) => name === spec.name);
      const status = found[0] === undefined ? withoutInstance(spec, before) : await fromRuntime(found[0], found[1], before, spec);
      showFailure(spec, status);
      judge(spec, status);
      return { ...status, ...resourceFields(state, spec, status, before), ...mountFields(spec) };
    }),
  );
  // Upstream sorts the pod's own containers by name; init containers keep their order.
  return role === 'main' ? result.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) : result;

  function withoutInstance(spec: AnyContainer, before: ContainerStatus | undefined): ContainerStatus {
    const initializing = role !== 'ephemeral' && (state.pod.spec?.initContainers ?? []).length > 0;
    const waiting: ContainerState = { waiting: { reason: initializing ? 'PodInitializing' : 'ContainerCreating' } };
    const fresh: ContainerStatus = {
      name: spec.name,
      image: spec.image ?? '',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: waiting,
      lastState: {},
    };
    if (before === undefined) return fresh;
    if (before.state?.terminated !== undefined) return { ...before };
    const kept = { ...fresh, restartCount: before.restartCount, lastState: before.lastState ?? {} };
    if (before.state?.running === undefined) return kept;
    const message = 'The container could not be located when the pod was deleted.  The container used to be Running';
    return facts.ended
      ? { ...kept, state: lost('The container could not be located when the pod was terminated') }
      : { ...kept, lastState: lost(message) };
  }

  async function fromRuntime(
    newest: Container,
    previous: Container | undefined,
    before: ContainerStatus | undefined,
    spec: AnyContainer,
  ): Promise<ContainerStatus> {
    const containerID = `${context.runtimeName}://${newest.id}`;
    const same = before?.containerID === containerID;
    const lastState =
      previous?.state === 'exited'
        ? await stateOf(previous, spec)
        : same
          ? (before?.lastState ?? {})
          : before?.state?.terminated !== undefined
            ? { terminated: before.state.terminated }
            : (before?.lastState ?? {});
    return {
      name: spec.name,
      image: newest.image,
      imageID: newest.imageId,
      containerID,
      ready: false,
      restartCount: newest.attempt,
      state: await stateOf(newest, spec),
      lastState,
    };
  }

  async function stateOf(container: Container, spec: AnyContainer): Promise<ContainerState> {
    const startedAt = timeText(container.startedAt);
    switch (container.state) {
      case 'running':
        return { running: startedAt === undefined ? {} : { startedAt } };
      case 'exited': {
        const message = await terminationMessage(context, state, container, spec);
        const finishedAt = timeText(container.finishedAt);
        return {
          terminated: {
            containerID: `${context.runtimeName}://${container.id}`,
            exitCode: container.exitCode ?? 0,
            reason: container.reason ?? ((container.exitCode ?? 0) === 0 ? 'Completed' : 'Error'),
            ...(message === '' ? {} : { message }),
            ...(startedAt === undefined ? {} : { startedAt }),
            ...(finishedAt === undefined ? {} : { finishedAt }),
          },
        };
      }
      case 'created':
        return { waiting: { reason: 'ContainerCreating' } };
      default:
        return lost('The container could not be located when the pod was terminated');
    }
  }

  /** What keeps a container from starting is its state; how it ended before that moves to lastState. */
  function showFailure(spec: AnyContainer, status: ContainerStatus): void {
    const failure = state.failures.get(spec.name);
    if (failure === undefined || facts.ended || status.state?.running !== undefined) return;
    const ended = status.state?.terminated;
    if (ended !== undefined) {
      if (!shouldRestart(state.pod, spec, role, ended.exitCode)) return;
      status.lastState = { terminated: ended };
    }
    status.state = { waiting: { ...failure } };
  }

  /** `started` and `ready` (prober_manager's UpdatePodStatus). */
  function judge(spec: AnyContainer, status: ContainerStatus): void {
    const id = status.containerID?.split('://')[1] ?? '';
    const running = status.state?.running !== undefined;
    if (role === 'ephemeral') return;
    if (role === 'init' && !isSidecar(spec)) {
      status.started = running;
      status.ready = status.state?.terminated?.exitCode === 0;
      return;
    }
    status.started = running && context.probes.isStarted(spec, id);
    status.ready = status.started && context.probes.isReady(spec, id);
  }
}

/** What the container was granted, and what it has: another amount while it is being resized. */
function resourceFields(
  { actuated }: PodState,
  spec: AnyContainer,
  status: ContainerStatus,
  before: ContainerStatus | undefined,
): Partial<ContainerStatus> {
  if (status.containerID === undefined) return {};
  const granted = spec.resources?.requests;
  const id = status.containerID.split('://')[1] ?? '';
  const { requests, limits } =
    (status.state?.running === undefined ? undefined : actuatedResources(actuated, before === undefined ? [] : [before], spec, id)) ??
    spec.resources ??
    {};
  return {
    ...(granted === undefined ? {} : { allocatedResources: granted }),
    resources: { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) },
  };
}

const mountFields = ({ volumeMounts = [] }: AnyContainer): Partial<ContainerStatus> =>
  volumeMounts.length === 0
    ? {}
    : {
        volumeMounts: volumeMounts.map((mount) => ({
          mountPath: mount.mountPath,
          name: mount.name,
          ...(mount.readOnly === true ? { readOnly: true, recursiveReadOnly: isRecursivelyReadOnly(mount) ? 'Enabled' : 'Disabled' } : {}),
        })),
      };
