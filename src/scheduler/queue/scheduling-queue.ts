import type { Pod } from '../../api/types/core-v1.ts';
import type { Clock, Timer } from '../../util/clock.ts';
import { type PodInfo, podInfoOf, uidOf } from '../cache/pod-info.ts';
import type { ClusterEvent } from '../framework/events.ts';
import type { QueuedPod } from '../framework/interface.ts';
import type { Status } from '../framework/status.ts';
import { createHeap, type Heap } from './heap.ts';
import type { Hints } from './hints.ts';
import type { NominationBook } from './nominations.ts';
import { createParkedPods } from './parked-pods.ts';

/**
 * kube-scheduler's queue of three: `active` pods are taken in order; pods that failed wait in `unschedulable` for an event
 * that may help; those whose wait ended too early sit out their back-off. An idle scheduler does not wait for back-offs
 * of refused pods.
 */
export interface SchedulingQueue {
  add(pod: Pod): void;
  /** A pod that has no node yet has changed; `events` are what its own change means for it. */
  update(pod: Pod, events: readonly ClusterEvent[]): void;
  delete(uid: string): void;
  /** The next pod, waiting for one; undefined once closed. */
  pop(): Promise<QueuedPod | undefined>;
  /** Puts back a pod that was refused by `plugins`. */
  addUnschedulable(pod: QueuedPod, plugins: Iterable<string>): void;
  /** Puts back a pod whose cycle failed; it is tried again after its back-off whatever happens. */
  addFailed(pod: QueuedPod): void;
  /** Moves the waiting pods that the event may help. */
  move(event: ClusterEvent): void;
  activate(uid: string): void;
  close(): void;
  readonly sizes: { active: number; backoff: number; unschedulable: number };
}

export interface QueueOptions {
  clock: Clock;
  less: (a: QueuedPod, b: QueuedPod) => boolean;
  preEnqueue: (pod: Pod) => Status | undefined;
  hints: Hints;
  nominations: NominationBook;
}

const firstBackoffMs = 1000;
const longestBackoffMs = 10_000;
/** Pods that nothing has helped for this long are tried anyway. */
const longestWaitMs = 5 * 60_000;
const sweepMs = 30_000;

export function createSchedulingQueue({ clock, less, preEnqueue, hints, nominations }: QueueOptions): SchedulingQueue {
  const keyOf = ({ info }: QueuedPod): string => info.uid;
  const active = createHeap(keyOf, less);
  const readyAt = (pod: QueuedPod): number => pod.timestamp + backoffOf(pod);
  const backoff = createHeap(keyOf, (a: QueuedPod, b: QueuedPod) => readyAt(a) < readyAt(b));
  /** Back-off after faults, which an idle scheduler does wait for. */
  const errorBackoff = createHeap(keyOf, (a: QueuedPod, b: QueuedPod) => readyAt(a) < readyAt(b));
  const unschedulable = createParkedPods();
  const takers: ((pod: QueuedPod | undefined) => void)[] = [];
  let closed = false;
  let wakeUp: Timer | undefined;
  let sweep: Timer | undefined;

  const hand = (): void => {
    while (takers.length > 0) {
      const next = active.pop() ?? backoff.pop();
      if (next === undefined) return;
      next.attempts++;
      takers.shift()?.(next);
    }
  };
  const wakeForBackoff = (): void => {
    wakeUp?.cancel();
    wakeUp = undefined;
    const first = [backoff.peek(), errorBackoff.peek()].flatMap((pod) => (pod === undefined ? [] : readyAt(pod)));
    if (closed || first.length === 0) return;
    wakeUp = clock.after(Math.max(0, Math.min(...first) - clock.now()), flushBackoff, { unref: true });
  };
  const flush = (heap: Heap<QueuedPod>): void => {
    for (let pod = heap.peek(); pod !== undefined && readyAt(pod) <= clock.now(); pod = heap.peek()) {
      heap.pop();
      enter(pod);
    }
  };
  const flushBackoff = (): void => {
    flush(backoff);
    flush(errorBackoff);
    wakeForBackoff();
  };
  const sweepUnschedulable = (): void => {
    for (const pod of unschedulable.all()) {
      if (pod.gatedBy === undefined && clock.now() - pod.timestamp > longestWaitMs) requeue(pod);
    }
    sweep = unschedulable.size === 0 ? undefined : clock.after(sweepMs, sweepUnschedulable, { unref: true });
  };
  const park = (pod: QueuedPod): void => {
    unschedulable.park(pod);
    if (!closed) sweep ??= clock.after(sweepMs, sweepUnschedulable, { unref: true });
  };
  /** Whether a plugin keeps the pod out of the queue; it is parked then. */
  const heldBack = (pod: QueuedPod): boolean => {
    const gate = preEnqueue(pod.info.pod);
    pod.gatedBy = gate?.plugin;
    if (gate !== undefined) park(pod);
    return gate !== undefined;
  };
  const enter = (pod: QueuedPod): void => {
    if (heldBack(pod)) return;
    active.push(pod);
    hand();
  };
  const requeue = (pod: QueuedPod): void => {
    unschedulable.take(pod.info.uid);
    if (readyAt(pod) <= clock.now()) enter(pod);
    else if (!heldBack(pod)) {
      backoff.push(pod);
      wakeForBackoff();
      hand();
    }
  };
  const find = (uid: string): QueuedPod | undefined =>
    active.get(uid) ?? backoff.get(uid) ?? errorBackoff.get(uid) ?? unschedulable.get(uid);
  const enqueueNew = (info: PodInfo): void => {
    enter({
      info,
      timestamp: clock.now(),
      attempts: 0,
      unschedulableCount: 0,
      errorCount: 0,
      unschedulablePlugins: new Set(),
      gatedBy: undefined,
    });
  };

  return {
    add(pod) {
      const info = podInfoOf(pod);
      nominations.follow(info);
      if (find(info.uid) === undefined) enqueueNew(info);
    },
    update(pod, events) {
      const queued = find(uidOf(pod));
      if (queued === undefined) return;
      const previous = queued.info;
      queued.info = podInfoOf(pod);
      nominations.follow(queued.info, previous);
      if (unschedulable.get(queued.info.uid) !== undefined && events.some((event) => hints.worthRetrying(queued, event))) requeue(queued);
    },
    delete(uid) {
      nominations.clear(uid);
      active.delete(uid);
      backoff.delete(uid);
      errorBackoff.delete(uid);
      unschedulable.take(uid);
    },
    pop() {
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        takers.push(resolve);
        hand();
      });
    },
    addUnschedulable(pod, plugins) {
      pod.timestamp = clock.now();
      pod.unschedulableCount++;
      pod.errorCount = 0;
      pod.unschedulablePlugins = new Set(plugins);
      park(pod);
    },
    addFailed(pod) {
      pod.timestamp = clock.now();
      pod.errorCount++;
      errorBackoff.push(pod);
      wakeForBackoff();
    },
    move(event) {
      if (unschedulable.size === 0) return;
      for (const pod of unschedulable.keptBy(hints.interested(event))) if (hints.worthRetrying(pod, event)) requeue(pod);
    },
    activate(uid) {
      const pod = unschedulable.take(uid) ?? backoff.delete(uid);
      if (pod !== undefined) enter(pod);
    },
    close() {
      closed = true;
      wakeUp?.cancel();
      sweep?.cancel();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get sizes() {
      return { active: active.size, backoff: backoff.size + errorBackoff.size, unschedulable: unschedulable.size };
    },
  };
}

/** 1 s, 2 s, 4 s, 8 s, then 10 s; a pod that has not failed does not wait. */
function backoffOf({ unschedulableCount, errorCount }: QueuedPod): number {
  const count = errorCount > 0 ? errorCount : unschedulableCount;
  return count === 0 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (count - 1));
}
