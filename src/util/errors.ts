/**
 * Everything that can go wrong for a user of the `shoal` command, as one closed table. `docs/errors.md` is checked against
 * it by a test. API errors (Kubernetes `Status`) are `api/status.ts`; this table is for the tool around the cluster.
 */

/** Exit codes of the executable. 0 is success; 130 is an interrupt, as shells have it. */
export const exitCodes = {
  internal: 1,
  unmet: 1,
  usage: 2,
  config: 3,
  engine: 4,
  conflict: 5,
  timeout: 6,
  notFound: 7,
  resource: 8,
  unhealthy: 9,
  interrupted: 130,
} as const satisfies Record<string, number>;
export type ExitClass = keyof typeof exitCodes;

/** Code → exit class and what it means. A code never changes its meaning once released. */
export const errorCodes = {
  INTERNAL: { exit: 'internal', meaning: 'A fault of Shoal itself; the message says where.' },
  USAGE: { exit: 'usage', meaning: 'The command line does not parse: an unknown command, flag or value.' },
  CONFIG_INVALID: { exit: 'config', meaning: 'cluster.yaml has problems; each is listed with line and column.' },
  CONFIG_UNREADABLE: { exit: 'config', meaning: 'The named configuration file cannot be read.' },
  KUBECONFIG_INVALID: { exit: 'config', meaning: 'The kubeconfig file to merge into is not valid YAML or not a kubeconfig.' },
  KUBECONFIG_LOCKED: { exit: 'conflict', meaning: 'Another process holds the lock of the kubeconfig file.' },
  ENGINE_UNREACHABLE: { exit: 'engine', meaning: 'No Docker engine answers at the address in use.' },
  ENGINE_MISSING: { exit: 'engine', meaning: 'No Docker engine is installed on this machine.' },
  ENGINE_START_FAILED: { exit: 'engine', meaning: 'An installed engine did not start; its last log lines are shown.' },
  ENGINE_INSTALL_FAILED: { exit: 'engine', meaning: 'The engine could not be installed from the Debian packages.' },
  UNHEALTHY_MACHINE: { exit: 'engine', meaning: 'shoal doctor found a problem that keeps clusters of containers from working.' },
  IMAGE_BUILD_FAILED: { exit: 'engine', meaning: 'Building the node or sample image failed; the failing step is shown.' },
  IMAGE_NOT_FOUND: { exit: 'notFound', meaning: 'The image to load is not on this machine.' },
  DISK_FULL: { exit: 'resource', meaning: 'The engine ran out of disk space.' },
  CLUSTER_EXISTS: { exit: 'conflict', meaning: 'A cluster of this name exists with another shape.' },
  CLUSTER_NOT_FOUND: { exit: 'notFound', meaning: 'There is no cluster of this name.' },
  CLUSTER_NOT_RUNNING: { exit: 'conflict', meaning: 'The cluster exists but is stopped.' },
  SERVICE_NOT_FOUND: { exit: 'notFound', meaning: 'The cluster has no Service of this name in this namespace.' },
  SNAPSHOT_EXISTS: { exit: 'conflict', meaning: 'A snapshot of this name exists.' },
  SNAPSHOT_NOT_FOUND: { exit: 'notFound', meaning: 'There is no snapshot of this name.' },
  SNAPSHOT_INVALID: { exit: 'config', meaning: 'The file is not a snapshot, is not whole, or is of a format that is not known.' },
  SNAPSHOT_MISMATCH: { exit: 'conflict', meaning: 'The snapshot is of a cluster of another shape or sort than the one that runs.' },
  RESET_IMPOSSIBLE: { exit: 'conflict', meaning: 'The cluster has not kept the state that it had just after up.' },
  OBJECT_NOT_FOUND: { exit: 'notFound', meaning: 'The cluster has no object of this kind and name.' },
  API_FAILED: { exit: 'conflict', meaning: 'The API server of the cluster did not answer, or refused; its words are shown.' },
  NODE_NOT_FOUND: { exit: 'notFound', meaning: 'The cluster has no node of this name.' },
  NODE_FAILED: {
    exit: 'engine',
    meaning: 'A node container, or the process of a simulated cluster, stopped while it was being started; its last log lines are shown.',
  },
  NODE_EXISTS: { exit: 'conflict', meaning: 'The cluster already has a node of this name.' },
  HISTORY_GONE: { exit: 'notFound', meaning: 'The moment lies outside of what the timeline of the cluster keeps.' },
  SIMULATED: { exit: 'conflict', meaning: 'What was asked for needs containers, and the cluster has simulated nodes.' },
  FAULT_NOT_INJECTED: { exit: 'conflict', meaning: 'A fault could not be made; the message says what was missing. Nothing of it is left.' },
  FAULT_NOT_FOUND: { exit: 'notFound', meaning: 'The cluster has no fault of this name.' },
  NOT_IN_PROCESS: {
    exit: 'conflict',
    meaning: 'What was asked for needs a cluster in the same process: a fork, or time that is advanced.',
  },
  PORT_TAKEN: { exit: 'conflict', meaning: 'A port that was asked for is in use on this machine.' },
  NETWORK_EXHAUSTED: { exit: 'resource', meaning: 'No free subnet was found for the cluster network.' },
  LESSON_INVALID: { exit: 'config', meaning: 'A lesson.yaml has problems; each is listed with line and column.' },
  LESSON_NOT_FOUND: { exit: 'notFound', meaning: 'There is no lesson of this name.' },
  LESSON_NOT_STARTED: { exit: 'conflict', meaning: 'The lesson has not been started in this cluster.' },
  LESSON_NEEDS: { exit: 'conflict', meaning: 'The cluster lacks what the lesson needs: real nodes, or enough of them.' },
  LESSON_UNMET: { exit: 'unmet', meaning: 'A check of the lesson does not pass yet; what was expected and what was seen is listed.' },
  LESSON_COMMAND_FAILED: { exit: 'engine', meaning: "A command of a lesson's solution failed; its output is shown." },
  KUBECTL_MISSING: { exit: 'notFound', meaning: 'kubectl, which lessons are worked with, is not installed on this machine.' },
  TIMEOUT: { exit: 'timeout', meaning: 'The cluster did not become usable in time; what was still missing is listed.' },
  INTERRUPTED: { exit: 'interrupted', meaning: 'The user stopped the command; what it had made was removed.' },
} as const satisfies Record<string, { exit: ExitClass; meaning: string }>;
export type ErrorCode = keyof typeof errorCodes;

/**
 * An expected failure: a code, one sentence that says what is wrong, and the next step to take. Thrown where it is
 * noticed, printed once by `main.ts`, which exits with the code's class.
 */
export class ShoalError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;

  constructor(code: ErrorCode, message: string, options: { next?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ShoalError';
    this.code = code;
    this.next = options.next;
  }

  get exitCode(): number {
    return exitCodes[errorCodes[this.code].exit];
  }
}

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
