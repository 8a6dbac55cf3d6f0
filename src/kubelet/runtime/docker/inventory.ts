import type Dockerode from 'dockerode';
import { type Container, type ContainerState, type PodSandbox, runtimeLabels } from '../runtime.ts';
import { type DockerContext, isMissing, labels, runtimeError } from './context.ts';

interface PodFacts {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  hostNetwork: boolean;
  shareProcessNamespace: boolean;
}

const time = (text: string | undefined): number | undefined => {
  // Docker writes year 1 for "never".
  if (text === undefined || text === '' || text.startsWith('0001-')) return undefined;
  return Date.parse(text);
};

/** What the sandbox's label tells of its pod. */
export function podFacts(text: string | undefined): PodFacts {
  const none: PodFacts = { labels: {}, annotations: {}, hostNetwork: false, shareProcessNamespace: false };
  return text === undefined ? none : { ...none, ...(JSON.parse(text) as Partial<PodFacts>) };
}

export function sandboxOf(found: Dockerode.ContainerInspectInfo): PodSandbox {
  const own = found.Config.Labels ?? {};
  const facts = podFacts(own[labels.pod]);
  const networks = Object.values(found.NetworkSettings.Networks ?? {});
  return {
    id: found.Id,
    config: {
      name: own[runtimeLabels.podName] ?? '',
      namespace: own[runtimeLabels.podNamespace] ?? '',
      uid: own[runtimeLabels.podUid] ?? '',
      attempt: Number(own[labels.attempt] ?? 0),
      labels: facts.labels,
      annotations: facts.annotations,
      hostNetwork: facts.hostNetwork,
    },
    state: found.State.Running ? 'ready' : 'notready',
    createdAt: time(found.Created) ?? 0,
    ip: facts.hostNetwork ? '' : (networks[0]?.IPAddress ?? ''),
  };
}

function stateOf(state: Dockerode.ContainerInspectInfo['State']): ContainerState {
  if (state.Running) return 'running';
  if (state.Status === 'created') return 'created';
  return state.Status === 'exited' || state.Status === 'dead' ? 'exited' : 'unknown';
}

/** What containerd's CRI says of a container that could not be started. */
const startErrorCode = 128;

export function containerOf(found: Dockerode.ContainerInspectInfo): Container {
  const own = found.Config.Labels ?? {};
  const facts = podFacts(own[labels.pod]);
  const state = stateOf(found.State);
  const ended = state === 'exited';
  // A container that never got off the ground is "created" to Docker, with an error and an exit code.
  const failedToStart = state === 'created' && found.State.ExitCode !== 0;
  const reason = found.State.OOMKilled ? 'OOMKilled' : found.State.ExitCode === 0 ? 'Completed' : 'Error';
  return {
    id: found.Id,
    sandboxId: own[labels.sandboxId] ?? '',
    name: own[runtimeLabels.containerName] ?? '',
    attempt: Number(own[labels.attempt] ?? 0),
    image: found.Config.Image,
    imageId: found.Image,
    labels: own,
    annotations: facts.annotations,
    state: failedToStart ? 'exited' : state,
    createdAt: time(found.Created) ?? 0,
    startedAt: time(found.State.StartedAt),
    finishedAt: failedToStart ? time(found.Created) : ended ? time(found.State.FinishedAt) : undefined,
    exitCode: failedToStart ? startErrorCode : ended ? found.State.ExitCode : undefined,
    reason: failedToStart ? 'StartError' : ended ? reason : undefined,
    message: found.State.Error === '' ? undefined : found.State.Error,
  };
}

/**
 * The node's sandboxes and containers. What a container's inspection says can change only with its state, so each is
 * inspected once per state and listed cheaply after that.
 */
export function inventory(context: DockerContext) {
  const seen = new Map<string, { state: string; found: Dockerode.ContainerInspectInfo }>();

  async function list(type: 'podsandbox' | 'container'): Promise<Dockerode.ContainerInspectInfo[]> {
    let summaries: Dockerode.ContainerInfo[];
    try {
      summaries = await context.docker.listContainers({ all: true, filters: { label: [`${labels.type}=${type}`] } });
    } catch (failure) {
      throw runtimeError('unavailable', failure);
    }
    const found = await Promise.all(
      summaries.map(async (summary) => {
        const known = seen.get(summary.Id);
        if (known?.state === summary.State) return known.found;
        try {
          const inspected = await context.docker.getContainer(summary.Id).inspect();
          seen.set(summary.Id, { state: inspected.State.Status, found: inspected });
          return inspected;
        } catch (failure) {
          if (isMissing(failure)) return undefined;
          throw runtimeError('unavailable', failure);
        }
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  return {
    sandboxes: async (): Promise<PodSandbox[]> => (await list('podsandbox')).map(sandboxOf),
    containers: async (): Promise<Container[]> => (await list('container')).map(containerOf),
    /** Whether it was known. */
    forget: (id: string): boolean => seen.delete(id),
  };
}
