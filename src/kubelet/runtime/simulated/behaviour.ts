/** The pod annotation that says how its simulated containers behave: JSON of {@link Behaviour}. */
export const simulateAnnotation = 'shoal.dev/simulate';

/** Durations are Go's: `200ms`, `1m30s`. */
export interface Behaviour {
  /** From start to running. */
  startDelay?: string;
  pullDelay?: string;
  /** The image cannot be pulled, with this message. */
  pullError?: string;
  /** The container cannot be started, with this message. */
  startError?: string;
  /** Ends by itself so long after its start, with `exitCode` (1 unless said otherwise). */
  crashAfter?: string;
  /** The same with exit code 0 unless said otherwise: a job's work. */
  exitAfter?: string;
  exitCode?: number;
  /** How often it crashes before it runs on; default always. */
  crashes?: number;
  /** Probes fail until so long after the start. */
  readyAfter?: string;
  /** `false`: the readiness probe always fails. */
  ready?: boolean;
  /** The liveness probe fails from then on. */
  unhealthyAfter?: string;
  /** From SIGTERM to the end; longer than the grace means SIGKILL. */
  stopDelay?: string;
  /** Exit code after SIGTERM; default 0. */
  stopExitCode?: number;
  /** Use, as quantities. */
  cpu?: string;
  memory?: string;
  disk?: string;
  /** By container name, over what is said for all. */
  containers?: Record<string, Behaviour>;
}

const none: Behaviour = {};

/** The behaviour of one container of a pod. An annotation that is not JSON counts as none. */
export function behaviourOf(annotations: Record<string, string>, container?: string): Behaviour {
  const text = annotations[simulateAnnotation];
  if (text === undefined) return none;
  try {
    const { containers, ...shared } = JSON.parse(text) as Behaviour;
    return { ...shared, ...(container === undefined ? {} : containers?.[container]) };
  } catch {
    return none;
  }
}
