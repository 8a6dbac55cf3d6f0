import type { Node, Pod, PodStatus, ResourceRequirements, Service } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import type { EventRecorder } from '../client/recorder.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { Backoff } from './backoff.ts';
import type { ImagePuller } from './containers/images.ts';
import type { ObjectSource } from './objects.ts';
import type { ResizeState } from './pod/resize.ts';
import type { Probes } from './probes/probes.ts';
import type { ContainerRuntime } from './runtime/runtime.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import type { Volumes } from './volumes/volumes.ts';

/** What the parts of one kubelet share. */
export interface KubeletContext {
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly clusterDNS: string;
  readonly clusterDomain: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly runtime: ContainerRuntime;
  /** `docker` or `simulated`: the scheme of container ids. */
  readonly runtimeName: string;
  readonly cache: RuntimeCache;
  readonly objects: ObjectSource;
  readonly services: Informer<Service> | undefined;
  readonly images: ImagePuller;
  readonly probes: Probes;
  readonly volumes: Volumes;
  /** Absent where nothing is written to disk. */
  readonly podsDir: string | undefined;
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** The node's own object, once it is known. */
  node(): Node | undefined;
}

/** Why a container is not running, as its waiting state shows it. */
export interface StartFailure {
  reason: string;
  message: string;
}

/** What a kubelet remembers of one pod. All of it can be lost: a restarted kubelet finds the rest in the runtime and the API. */
export interface PodState {
  readonly uid: string;
  /** As the API has it, with the CPU and memory that the node has granted it. */
  pod: Pod;
  /** As this kubelet last made it. */
  status: PodStatus;
  /** By container name; cleared when the container starts. */
  readonly failures: Map<string, StartFailure>;
  /** Termination messages by container id, read once. */
  readonly messages: Map<string, string>;
  /** Set by a probe: these container ids are to be killed, with the message of the event. */
  readonly condemned: Map<string, { message: string; probe: 'liveness' | 'startup' }>;
  /** What running containers were made with or last resized to, by container id. */
  readonly actuated: Map<string, ResourceRequirements>;
  readonly resize: ResizeState;
  /** Containers whose postStart hook still runs: not started yet. */
  readonly restarts: Backoff;
  readonly pulls: Backoff;
  /** Aborts when the pod must end: hooks and waits give up. */
  readonly ending: AbortSignal;
}

/** A container could not be started for a reason that its status shows. */
export class StartError extends Error {
  readonly reason: string;
  /** When it is known to be worth another try. */
  readonly retryMs: number | undefined;
  constructor(reason: string, message: string, options: { cause?: unknown; retryMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StartError';
    this.reason = reason;
    this.retryMs = options.retryMs;
  }
}
