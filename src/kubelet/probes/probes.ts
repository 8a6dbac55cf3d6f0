import type { ContainerStatus, Probe } from '../../api/types/core-v1.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import type { Clock, Timer } from '../../util/clock.ts';
import type { PodState } from '../context.ts';
import { type AnyContainer, containerReference, initContainers, isSidecar, mainContainers } from '../pod/pod.ts';
import type { Container, ContainerRuntime } from '../runtime/runtime.ts';
import type { ProbeOutcome } from './outcome.ts';
import { type ProbePurpose, probeOf, purposes, runProbe } from './prober.ts';

export interface Probes {
  /** Probes what runs of a pod from now on, and forgets what does not. */
  observe(state: PodState, containers: Container[], podIP: string): void;
  /** The pod is ending: only readiness is still of interest. */
  keepReadinessOnly(uid: string): void;
  forget(uid: string): void;
  /** Whether a running container has passed its startup probe (or has none). */
  isStarted(container: AnyContainer, containerId: string): boolean;
  isReady(container: AnyContainer, containerId: string): boolean;
}

interface Worker {
  timer: Timer | undefined;
  /** The next try between the first two regular ones. */
  early: Timer | undefined;
  stopped: boolean;
  /** Undefined until the first threshold is reached. */
  success: boolean | undefined;
  last: boolean | undefined;
  run: number;
}

interface Probed {
  uid: string;
  workers: Map<ProbePurpose, Worker>;
}

const tries = 3;
/**
 * A program listens some moments after its start. A readiness probe over the network that finds nobody at first is tried again
 * after 50 ms, then twice that and so on up to its next regular try: else a pod would wait a whole period for nothing. Such a
 * try counts only when it succeeds. (Upstream, too, probes again whenever it looks at the status of a container not yet ready.)
 */
const firstEarlyMs = 50;
/**
 * From a container's start to the first try. Upstream tries on the beats of a period that runs since the pod came, so that a
 * program has most of a period before its liveness is asked for: nobody waits for that, and one failure may be enough to end it.
 */
const firstTryMs = (purpose: ProbePurpose, { initialDelaySeconds = 0, periodSeconds = 10 }: Probe): number =>
  Math.max(initialDelaySeconds, purpose === 'liveness' ? periodSeconds : 0) * 1000;
const isSuccess = ({ result }: ProbeOutcome): boolean => result === 'success' || result === 'warning';
const verb = (purpose: ProbePurpose): string => `${purpose.charAt(0).toUpperCase()}${purpose.slice(1)}`;

export function createProbes({
  runtime,
  clock,
  recorder,
  changed,
}: {
  runtime: ContainerRuntime;
  clock: Clock;
  recorder: EventRecorder;
  /** Something that a pod's status or containers depend on has changed. */
  changed: (uid: string) => void;
}): Probes {
  const byContainer = new Map<string, Probed>();

  function start(state: PodState, spec: AnyContainer, running: Container, podIP: () => string, before: ContainerStatus | undefined): void {
    const probed: Probed = { uid: state.uid, workers: new Map() };
    byContainer.set(running.id, probed);
    // Found running by a restarted kubelet: what was known before stays true until a probe says otherwise.
    const known = before?.containerID?.endsWith(running.id) === true;
    const add = (purpose: ProbePurpose): void => {
      const probe = probeOf(spec, purpose);
      if (probe === undefined || probed.workers.has(purpose)) return;
      const success = purpose === 'liveness' ? true : known ? (purpose === 'readiness' ? before?.ready : before?.started) : undefined;
      const worker: Worker = { timer: undefined, early: undefined, stopped: false, success, last: undefined, run: 0 };
      probed.workers.set(purpose, worker);
      if (purpose === 'startup' && success === true) return;
      const first = (running.startedAt ?? clock.now()) + firstTryMs(purpose, probe) - clock.now();
      worker.timer = clock.after(Math.max(0, first), () => void attempt(purpose, worker), { unref: true });
    };
    const afterStartup = (): void => {
      add('liveness');
      add('readiness');
    };

    async function attempt(purpose: ProbePurpose, worker: Worker): Promise<void> {
      const probe = probeOf(spec, purpose);
      if (probe === undefined || worker.stopped) return;
      const target = { containerId: running.id, container: spec, podIP: podIP() };
      let outcome = await runProbe(runtime, purpose, target);
      for (let left = tries - 1; outcome.result === 'unknown' && left > 0 && !worker.stopped; left--) {
        outcome = await runProbe(runtime, purpose, target);
      }
      if (worker.stopped) return;
      const first = worker.last === undefined;
      judge(purpose, worker, probe, outcome);
      if (first && purpose === 'readiness' && outcome.result === 'failure' && probe.exec === undefined)
        tryEarly(worker, probe, firstEarlyMs);
    }

    function tryEarly(worker: Worker, probe: Probe, waitMs: number): void {
      worker.early = clock.after(
        waitMs,
        async () => {
          const outcome = await runProbe(runtime, 'readiness', { containerId: running.id, container: spec, podIP: podIP() });
          // A regular try came first.
          if (worker.stopped || worker.early === undefined) return;
          if (isSuccess(outcome)) judge('readiness', worker, probe, outcome);
          else tryEarly(worker, probe, waitMs * 2);
        },
        { unref: true },
      );
    }

    /** Draws the consequences of one try, and sets the time of the next regular one. */
    function judge(purpose: ProbePurpose, worker: Worker, probe: Probe, outcome: ProbeOutcome): void {
      worker.timer?.cancel();
      worker.early?.cancel();
      worker.early = undefined;
      worker.timer = clock.after((probe.periodSeconds ?? 10) * 1000, () => void attempt(purpose, worker), { unref: true });
      const about = containerReference(state.pod, spec.name);
      if (outcome.result === 'unknown') {
        recorder.event(about, 'Warning', 'ProbeError', `${verb(purpose)} probe errored and resulted in unknown state: ${outcome.output}`);
        return;
      }
      const success = isSuccess(outcome);
      if (outcome.result === 'warning')
        recorder.event(about, 'Warning', 'ProbeWarning', `${verb(purpose)} probe warning: ${outcome.output}`);
      if (!success) recorder.event(about, 'Warning', 'Unhealthy', `${verb(purpose)} probe failed: ${outcome.output}`);
      worker.run = worker.last === success ? worker.run + 1 : 1;
      worker.last = success;
      if (worker.run < (success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3))) return;
      if (worker.success !== success) {
        worker.success = success;
        if (purpose === 'startup' && success) {
          end(worker);
          afterStartup();
        }
        if (purpose !== 'liveness' || !success) changed(state.uid);
      }
      if (!success && purpose !== 'readiness') {
        // The container is to be made anew; the next one gets probes of its own.
        for (const each of probed.workers.values()) end(each);
        state.condemned.set(running.id, { message: `Container ${spec.name} failed ${purpose} probe, will be restarted`, probe: purpose });
        changed(state.uid);
      }
    }

    if (probeOf(spec, 'startup') !== undefined) {
      add('startup');
      if (probed.workers.get('startup')?.success !== true) return;
    }
    afterStartup();
  }
  const end = (worker: Worker): void => {
    worker.stopped = true;
    worker.timer?.cancel();
    worker.early?.cancel();
  };
  const drop = (id: string, { workers }: Probed): void => {
    for (const worker of workers.values()) end(worker);
    byContainer.delete(id);
  };

  const hasProbes = (container: AnyContainer): boolean => purposes.some((purpose) => probeOf(container, purpose) !== undefined);
  const resultOf = (id: string, purpose: ProbePurpose): boolean => byContainer.get(id)?.workers.get(purpose)?.success ?? false;
  const addresses = new Map<string, string>();
  return {
    observe(state, containers, podIP) {
      const specs = [...mainContainers(state.pod), ...initContainers(state.pod).filter(isSidecar)].filter(hasProbes);
      if (specs.length === 0) return;
      addresses.set(state.uid, podIP);
      for (const container of containers) {
        const probed = byContainer.get(container.id);
        if (container.state !== 'running') {
          if (probed !== undefined) drop(container.id, probed);
          continue;
        }
        if (probed !== undefined) continue;
        const spec = specs.find(({ name }) => name === container.name);
        const before = [...(state.status.containerStatuses ?? []), ...(state.status.initContainerStatuses ?? [])].find(
          ({ name }) => name === container.name,
        );
        if (spec !== undefined) start(state, spec, container, () => addresses.get(state.uid) ?? podIP, before);
      }
    },
    keepReadinessOnly(uid) {
      for (const probed of byContainer.values()) {
        if (probed.uid !== uid) continue;
        for (const [purpose, worker] of probed.workers) if (purpose !== 'readiness') end(worker);
      }
    },
    forget(uid) {
      addresses.delete(uid);
      for (const [id, probed] of byContainer) if (probed.uid === uid) drop(id, probed);
    },
    isStarted: (container, id) => container.startupProbe === undefined || resultOf(id, 'startup'),
    isReady: (container, id) => container.readinessProbe === undefined || resultOf(id, 'readiness'),
  };
}
