import { podQOSClass } from '../../api/qos.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { type Timer, timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { createBackoff } from '../backoff.ts';
import { graceOf, killContainers } from '../containers/stop.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { generateStatus, type PodVerdict } from '../status/generate.ts';
import type { StatusManager } from '../status/manager.ts';
import type { Rejection } from './admission.ts';
import { formatPod, isTerminalPhase } from './pod.ts';
import { createResizer, type ResizeRefusal } from './resize.ts';
import { addressesOf, removeFromRuntime, syncPod } from './sync.ts';

/** The life of one pod on this node: one loop that never runs twice at once. */
export interface PodWorker {
  readonly state: PodState;
  /** Whether it is admitted and takes resources of the node. */
  readonly active: boolean;
  /** The API's newest version of the pod. */
  update(pod: Pod): void;
  /** Ends the pod for good, whatever its restart policy; the message says why. */
  evict(message: string): void;
  /** The pod is gone from the API: end it and leave nothing of it. */
  remove(): void;
  /** Something happened: look at the pod again. */
  wake(): void;
  /** The kubelet stops; the pod runs on. Resolves when the loop is at rest. */
  stop(): Promise<void>;
}

type Stage = 'running' | 'ending' | 'ended' | 'gone';

/** Between tries after a failure: upstream's workers wait 10 s, give or take half. */
const retryMs = 10_000;
/** What uses up its node's disk is not given long. */
const evictionGraceSeconds = 1;
/** Volumes that fail are tried again after 500 ms, doubling to 2 min 2 s (nestedpendingoperations). */
const firstMountRetryMs = 500;
const longestMountRetryMs = 122_000;

export interface WorkerDeps {
  context: KubeletContext;
  statuses: StatusManager;
  /** Why the node will not run a pod it has not seen before; undefined admits. */
  admit(pod: Pod): Rejection | undefined;
  /** Why the node cannot give a pod the resources that it wants now; undefined grants them. */
  refuseResize(wanted: Pod): ResizeRefusal | undefined;
  /** Resources of the node may have become free. */
  freed(): void;
  random(): number;
  /** Nothing is left of the pod. */
  gone(uid: string): void;
}

export function createPodWorker(first: Pod, { context, statuses, admit, refuseResize, freed, random, gone }: WorkerDeps): PodWorker {
  const { clock, log, recorder, probes, volumes } = context;
  const ending = new AbortController();
  const uid = first.metadata.uid ?? '';
  const resizer = createResizer(first, { recorder, refusal: refuseResize });
  const state: PodState = {
    uid,
    pod: resizer.accept(first),
    status: first.status ?? {},
    failures: new Map(),
    messages: new Map(),
    condemned: new Map(),
    actuated: new Map(),
    resize: { pending: undefined, error: undefined },
    restarts: createBackoff(clock),
    pulls: createBackoff(clock),
    ending: ending.signal,
  };
  /** As the API has it. */
  let current = first;
  let stage: Stage = 'running';
  let verdict: PodVerdict | undefined;
  let rejected = false;
  // Found with a start time by a restarted kubelet: it was admitted before.
  let admitted = first.status?.startTime !== undefined;
  let removed = false;
  let stopped = false;
  let dirty = false;
  let loop: Promise<void> | undefined;
  let timer: Timer | undefined;
  let mountRetryMs = firstMountRetryMs;
  let killing: Promise<void> | undefined;
  /** The grace that the running kill was begun with, in seconds. */
  let grace = Number.POSITIVE_INFINITY;

  const wake = (): void => {
    dirty = true;
    if (loop === undefined && !stopped && stage !== 'gone') loop = run();
  };
  const wakeAfter = (ms: number): void => {
    timer?.cancel();
    timer = clock.after(ms, wake, { unref: true });
  };

  async function run(): Promise<void> {
    // The handler that called returns first: a burst of changes is one look.
    await null;
    while (dirty && !stopped && stage !== 'gone') {
      dirty = false;
      timer?.cancel();
      try {
        const next = await step();
        if (next !== undefined) wakeAfter(next);
      } catch (thrown) {
        log.warn(`syncing pod ${formatPod(state.pod)}: ${messageOf(thrown)}`);
        wakeAfter(retryMs * (0.5 + random()));
      }
    }
    loop = undefined;
  }

  async function step(): Promise<number | undefined> {
    switch (stage) {
      case 'running':
        return running();
      case 'ending':
        return end();
      case 'ended':
        return leave();
      default:
        return undefined;
    }
  }

  async function running(): Promise<number | undefined> {
    if (mustEnd()) return beginEnd();
    const runtime = await context.cache.pod(uid);
    const rejection = admitted || runtime.sandboxes.length > 0 ? undefined : admit(state.pod);
    if (rejection !== undefined) {
      recorder.event(state.pod, 'Warning', rejection.reason, rejection.message);
      reject(rejection);
      return beginEnd();
    }
    admitted = true;
    if (resizer.grant(state)) freed();
    if (verdict !== undefined) return beginEnd();
    const toDeadline = deadline();
    if (toDeadline !== undefined && toDeadline <= 0) {
      verdict = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
      recorder.event(state.pod, 'Normal', verdict.reason, verdict.message);
      return beginEnd();
    }
    probes.observe(state, runtime.containers, addressesOf(context, state, runtime.sandboxes[0]).podIPs[0] ?? '');
    const status = await generateStatus(context, state, runtime);
    // A phase is final only once nothing runs: sidecars may.
    if (isTerminalPhase(status.phase)) return beginEnd();
    state.status = status;
    statuses.set(state.pod, status);

    let result: Awaited<ReturnType<typeof syncPod>>;
    try {
      result = await syncPod(context, state, runtime);
    } catch (thrown) {
      if (state.ending.aborted) {
        dirty = true;
        return undefined;
      }
      log.debug(`pod ${formatPod(state.pod)}: ${messageOf(thrown)}`);
      const wait = mountRetryMs;
      mountRetryMs = Math.min(mountRetryMs * 2, longestMountRetryMs);
      return earliest(wait, toDeadline);
    }
    mountRetryMs = firstMountRetryMs;
    const after = result.acted ? await context.cache.pod(uid) : runtime;
    resizer.observe(state, after.containers);
    probes.observe(state, after.containers, addressesOf(context, state, after.sandboxes[0]).podIPs[0] ?? '');
    const then = await generateStatus(context, state, after);
    if (isTerminalPhase(then.phase)) return beginEnd();
    state.status = then;
    statuses.set(state.pod, then);
    if (result.again) dirty = true;
    return earliest(result.nextMs, deadline());
  }

  /** Never admitted: there is nothing to say of its containers. */
  function reject({ reason, message }: Rejection): void {
    const { generation } = state.pod.metadata;
    state.status = {
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(state.pod.status?.conditions === undefined ? {} : { conditions: state.pod.status.conditions }),
      qosClass: podQOSClass(state.pod),
      startTime: timestamp(clock),
    };
    rejected = true;
  }

  const mustEnd = (): boolean => removed || state.pod.metadata.deletionTimestamp !== undefined || isTerminalPhase(state.pod.status?.phase);

  function beginEnd(): undefined {
    stage = 'ending';
    ending.abort(new Error('the pod is ending'));
    probes.keepReadinessOnly(uid);
    dirty = true;
  }

  /** Tells everything to stop, and looks on until it has (syncTerminatingPod). */
  async function end(): Promise<number | undefined> {
    const runtime = await context.cache.pod(uid);
    const alive = runtime.containers.some((one) => one.state === 'running' || one.state === 'unknown');
    if (alive || killing !== undefined) {
      if (!removed && !isTerminalPhase(state.pod.status?.phase)) {
        const status = await generateStatus(context, state, runtime);
        state.status = isTerminalPhase(status.phase) ? { ...status, phase: state.status.phase ?? 'Running' } : status;
        statuses.set(state.pod, state.status);
      }
      const seconds = verdict?.evicted === true ? evictionGraceSeconds : graceOf(state);
      if (killing === undefined) {
        grace = seconds;
        killing = killContainers(context, state, runtime, verdict?.evicted === true ? seconds : undefined)
          .catch((thrown: unknown) => {
            log.warn(`ending pod ${formatPod(state.pod)}: ${messageOf(thrown)}`);
            wakeAfter(retryMs);
            throw thrown;
          })
          .then(
            () => {
              killing = undefined;
              wake();
            },
            () => {
              killing = undefined;
            },
          );
      } else if (seconds < grace) {
        // Deleted again with a shorter grace: that one holds, from now.
        grace = seconds;
        for (const one of runtime.containers)
          if (one.state === 'running') void context.runtime.stopContainer(one.id, seconds).catch(() => wake());
      }
      return undefined;
    }
    for (const sandbox of runtime.sandboxes) if (sandbox.state === 'ready') await context.runtime.stopPodSandbox(sandbox.id);
    probes.forget(uid);
    if (!rejected && !isTerminalPhase(state.pod.status?.phase))
      state.status = await generateStatus(context, state, await context.cache.pod(uid), { ended: true, verdict });
    statuses.set(state.pod, state.status);
    await volumes.unmount(uid);
    stage = 'ended';
    dirty = true;
    freed();
    return undefined;
  }

  /** Nothing runs: the API object may go, and once it has, so does what is left (syncTerminatedPod). */
  async function leave(): Promise<undefined> {
    if (!removed) {
      if (state.pod.metadata.deletionTimestamp !== undefined) statuses.finish(state.pod);
      return;
    }
    await removeFromRuntime(context, await context.cache.pod(uid));
    await volumes.remove(uid);
    statuses.forget(uid);
    stage = 'gone';
    gone(uid);
  }

  /** Milliseconds to the pod's activeDeadlineSeconds. */
  function deadline(): number | undefined {
    const { activeDeadlineSeconds } = state.pod.spec ?? {};
    const { startTime } = state.status;
    if (activeDeadlineSeconds === undefined || startTime === undefined) return undefined;
    return Date.parse(startTime) + activeDeadlineSeconds * 1000 - clock.now();
  }

  return {
    state,
    get active() {
      return admitted && stage === 'running' && !mustEnd();
    },
    update(pod) {
      const before = current;
      current = pod;
      state.pod = resizer.accept(pod);
      statuses.observe(pod);
      if (stage === 'running' && mustEnd()) {
        // A hook that hangs must not keep the loop from the pod's end.
        ending.abort(new Error('the pod is ending'));
      }
      if (concerns(before, pod)) wake();
    },
    evict(message) {
      if (verdict !== undefined || stage !== 'running') return;
      verdict = { reason: 'Evicted', message, evicted: true };
      recorder.event(state.pod, 'Warning', verdict.reason, message);
      ending.abort(new Error('the pod is evicted'));
      wake();
    },
    remove() {
      removed = true;
      ending.abort(new Error('the pod was removed'));
      wake();
    },
    wake,
    async stop() {
      stopped = true;
      timer?.cancel();
      probes.forget(uid);
      await loop;
    },
  };
}

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

/** Whether a change is more than the kubelet's own status coming back. */
function concerns(before: Pod, after: Pod): boolean {
  const { metadata: a, spec: from } = before;
  const { metadata: b, spec: to } = after;
  if (a.generation !== b.generation || a.deletionTimestamp !== b.deletionTimestamp) return true;
  if (a.deletionGracePeriodSeconds !== b.deletionGracePeriodSeconds) return true;
  if (isTerminalPhase(after.status?.phase) !== isTerminalPhase(before.status?.phase)) return true;
  if (!same(a.labels, b.labels) || !same(a.annotations, b.annotations)) return true;
  if ((to?.readinessGates ?? []).length > 0 && !same(before.status?.conditions, after.status?.conditions)) return true;
  return !same(from, to);
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
