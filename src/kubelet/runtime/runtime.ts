import type { Duplex, Readable } from 'node:stream';
import type { Usage } from '../node/node-usage.ts';

/** Labels that every sandbox and container carries, as the CRI's kubelet labels do. */
export const runtimeLabels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export interface PodSandboxConfig {
  name: string;
  namespace: string;
  uid: string;
  /** Which try this is at a sandbox for the pod, from 0. */
  attempt: number;
  hostname: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  hostNetwork: boolean;
  hostPID: boolean;
  hostIPC: boolean;
  shareProcessNamespace: boolean;
  dns: { nameservers: string[]; searches: string[]; options: string[] };
  /** Extra lines of /etc/hosts. */
  hostAliases: { ip: string; hostnames: string[] }[];
  sysctls: Record<string, string>;
  /** The handler of the pod's RuntimeClass; empty is the runtime's default. */
  runtimeHandler: string;
}

export type SandboxState = 'ready' | 'notready';
export interface PodSandbox {
  id: string;
  config: Pick<PodSandboxConfig, 'name' | 'namespace' | 'uid' | 'attempt' | 'labels' | 'annotations' | 'hostNetwork'>;
  state: SandboxState;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Empty until the network is up, and for host-network pods. */
  ip: string;
}

export interface Mount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
  /** Whether what is mounted below it is read-only, too. */
  recursiveReadOnly: boolean;
  propagation: 'None' | 'HostToContainer' | 'Bidirectional';
}

/** A device of the node in a container. */
export interface Device {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
}

export interface ContainerConfig {
  name: string;
  attempt: number;
  image: string;
  /** Kubernetes' `command` (entrypoint) and `args`, after `$(VAR)` expansion. */
  command: string[] | undefined;
  args: string[] | undefined;
  workingDir: string | undefined;
  env: { name: string; value: string }[];
  mounts: Mount[];
  devices: Device[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  tty: boolean;
  stdin: boolean;
  stdinOnce: boolean;
  resources: {
    /** CFS: microseconds of CPU per `cpuPeriod`; 0 is no limit. */
    cpuQuota: number;
    cpuPeriod: number;
    cpuShares: number;
    /** Bytes; 0 is no limit. */
    memoryLimit: number;
    oomScoreAdj: number;
  };
  security: {
    privileged: boolean;
    readOnlyRootFilesystem: boolean;
    allowPrivilegeEscalation: boolean | undefined;
    runAsUser: number | undefined;
    runAsGroup: number | undefined;
    supplementalGroups: number[];
    capabilitiesAdd: string[];
    capabilitiesDrop: string[];
    /** A path is that of a profile on the node. */
    seccompProfile: 'RuntimeDefault' | 'Unconfined' | { path: string } | undefined;
    /** Nothing of /proc is hidden or read-only (procMount: Unmasked). */
    unmaskedProc: boolean;
  };
  /** What asks it to end, in place of the image's own. */
  stopSignal: string | undefined;
  /** A container of the pod whose processes it sees (the CRI's NamespaceMode TARGET); default: as the sandbox has it. */
  targetContainerId?: string;
  /** Where the container's termination message is read from (mounted by the kubelet). */
  terminationMessagePath: string;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';
export interface Container {
  id: string;
  sandboxId: string;
  name: string;
  attempt: number;
  image: string;
  imageId: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: ContainerState;
  createdAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  exitCode: number | undefined;
  /** `OOMKilled`, `Error`, `Completed`, `ContainerCannotRun`… as Kubernetes shows it. */
  reason: string | undefined;
  message: string | undefined;
}

export interface RuntimeImage {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
  /** The image's own user, for `runAsNonRoot`. */
  user: string;
}

export interface RuntimeEvent {
  type: 'started' | 'stopped' | 'removed' | 'sandbox-stopped' | 'oom';
  podUid: string;
  /** Sandbox or container id. */
  id: string;
}

export interface ExecOptions {
  command: string[];
  tty: boolean;
  stdin: boolean;
}

/** A running exec or attach. Streams that were not asked for are absent; with a TTY, stderr comes on stdout. */
export interface ExecSession {
  stdin: NodeJS.WritableStream | undefined;
  stdout: Readable;
  stderr: Readable | undefined;
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves to the exit code when the process ends. Attach: to 0 when the container ends or lets go of the streams. */
  exit: Promise<number>;
  /** Ends the streams; for exec, kills the process where it still runs. */
  close(): void;
}

export interface LogOptions {
  follow: boolean;
  /** Lines from the end; undefined is all. */
  tailLines: number | undefined;
  /** Milliseconds since the epoch. */
  since: number | undefined;
  timestamps: boolean;
  signal: AbortSignal;
}

export interface ContainerStats extends Usage {
  id: string;
}

export type RuntimeErrorCode =
  | 'not-found'
  | 'image-not-found'
  | 'pull-failed'
  | 'invalid-image-name'
  | 'create-failed'
  | 'start-failed'
  | 'unavailable';

/** What the kubelet must expect from a runtime and turns into container reasons and events. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  constructor(code: RuntimeErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RuntimeError';
    this.code = code;
  }
}

/**
 * The CRI in TypeScript: what a kubelet needs from whatever runs containers. Stopping and removing what is gone already
 * is success. Two implementations: `docker/` (a Docker engine, normally the node's own) and `simulated/`.
 */
export interface ContainerRuntime {
  /** As `status.nodeInfo.containerRuntimeVersion` shows it: `docker://26.1.5`. */
  version(): Promise<string>;

  runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox>;
  /** Kills what still runs in it and gives its network back; it can then be removed. */
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  listPodSandboxes(): Promise<PodSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `graceSeconds`. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  /** Gives a running container other resources, at once. Rejects where it cannot have them. */
  updateContainer(id: string, resources: ContainerConfig['resources']): Promise<void>;
  listContainers(): Promise<Container[]>;

  /** State changes as they happen, from now on; ends when the signal aborts, throws `unavailable` when the engine goes away. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;

  exec(id: string, options: ExecOptions): Promise<ExecSession>;
  /** Runs to the end and gathers output (probes, lifecycle hooks). Rejects when `timeoutMs` passes. */
  execSync(id: string, command: string[], timeoutMs: number): Promise<{ exitCode: number; output: string }>;
  attach(id: string, options: Omit<ExecOptions, 'command'>): Promise<ExecSession>;
  /** Log lines as Kubernetes serves them, raw bytes with or without timestamps. */
  logs(id: string, options: LogOptions): Promise<Readable>;
  /** A connection to a TCP port inside the sandbox's network. */
  portForward(sandboxId: string, port: number): Promise<Duplex>;

  imageStatus(image: string): Promise<RuntimeImage | undefined>;
  listImages(): Promise<RuntimeImage[]>;
  /**
   * Resolves to the image id. `auth` is a registry credential where the pod's pull secrets have one; `pod` is the pod that
   * asks, as the CRI's PullImage has it.
   */
  pullImage(image: string, auth?: { username: string; password: string }, pod?: Pick<PodSandboxConfig, 'annotations'>): Promise<string>;
  removeImage(image: string): Promise<void>;
  /** Mounts an image's files at a directory, read-only, until that is unmounted. */
  mountImage(image: string, directory: string): Promise<void>;

  stats(): Promise<ContainerStats[]>;
  /** Bytes that a container wrote to its own files and its log. */
  diskUsage(id: string): Promise<number>;

  /**
   * Answers a probe in place of the network or a process; undefined where the probe must be made for real. Only runtimes
   * whose containers nothing can connect to have it.
   */
  probe?(id: string, purpose: 'startup' | 'readiness' | 'liveness'): { success: boolean; output: string } | undefined;
}
