import type { EventRecorder } from '../client/recorder.ts';
import type { Clock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { SchedulerCache } from './cache/cache.ts';
import type { Decision } from './decision.ts';
import type { Failure, FailureHandler } from './failure.ts';
import type { Finding, NodeFinder } from './find-node.ts';
import { type CycleState, createCycleState } from './framework/cycle-state.ts';
import { fitMessage, noNodes } from './framework/fit-error.ts';
import type { Framework } from './framework/framework.ts';
import type { PostFilterResult, QueuedPod } from './framework/interface.ts';
import { isRejected, messageOfStatus, type Status } from './framework/status.ts';
import type { NominationBook } from './queue/nominations.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';
import type { WaitingRoom } from './waiting-pods.ts';

export interface CycleParts {
  framework: Framework;
  cache: SchedulerCache;
  finder: NodeFinder;
  queue: SchedulingQueue;
  nominations: NominationBook;
  waitingRoom: WaitingRoom;
  fail: FailureHandler;
  recorder: EventRecorder;
  clock: Clock;
  /** Told of each decision; for explaining them. */
  observe: ((decision: Decision) => void) | undefined;
}

/**
 * Decides on one pod, without giving way, and sets its binding going. The pod counts as placed from the decision on; if its
 * binding fails it is taken off again and put back into the queue.
 */
export function scheduleOne(queued: QueuedPod, parts: CycleParts): void {
  const { framework, cache, finder, nominations, recorder, fail } = parts;
  const { pod } = queued.info;
  const fullName = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (pod.metadata.deletionTimestamp !== undefined) {
    recorder.event(pod, 'Warning', 'FailedScheduling', `skip schedule deleting pod: ${fullName}`, { action: 'Scheduling' });
    return;
  }
  if (cache.isAssumed(queued.info.uid)) return;
  const state = createCycleState();
  try {
    if (cache.nodes().length === 0) {
      fail(queued, { reason: 'Unschedulable', message: noNodes, refusedBy: [] });
      observe(parts, queued, { message: noNodes });
      return;
    }
    const finding = finder.find(state, queued.info);
    if (finding.found === undefined) {
      refuse(queued, state, finding, parts);
      return;
    }
    observe(parts, queued, { finding });
    const nodeName = finding.found.name;
    cache.assume(queued.info, nodeName);
    nominations.clear(queued.info.uid);
    const refusal = framework.reserve(state, queued.info, nodeName);
    if (refusal !== undefined) {
      undo(queued, state, nodeName, refusal, parts);
      return;
    }
    const permission = framework.permit(state, queued.info, nodeName);
    if (permission.refusal !== undefined) {
      undo(queued, state, nodeName, permission.refusal, parts);
      return;
    }
    void bindingCycle(queued, state, nodeName, permission.holders, parts);
  } catch (thrown) {
    cache.forget(queued.info.uid);
    const message = messageOf(thrown);
    fail(queued, { reason: 'SchedulerError', message, refusedBy: [] });
    observe(parts, queued, { message, fault: true });
  }
}

/** No node passed: sees whether preemption can help, and says why the pod waits. */
function refuse(queued: QueuedPod, state: CycleState, finding: Finding & { found: undefined }, parts: CycleParts): void {
  const { framework, cache, fail } = parts;
  const { statuses, preFilter, refusedBy } = finding;
  if (preFilter?.code === 'Error') {
    const fault = messageOfStatus(preFilter);
    fail(queued, { reason: 'SchedulerError', message: fault, refusedBy: [] });
    observe(parts, queued, { finding, message: fault, fault: true });
    return;
  }
  let message = fitMessage(cache.nodes().length, statuses, preFilter === undefined ? undefined : messageOfStatus(preFilter));
  const outcome = framework.postFilter(state, queued.info, statuses);
  const failure: Failure = { reason: 'Unschedulable', message, refusedBy };
  if (outcome !== undefined && 'code' in outcome) {
    message = `${message} ${messageOfStatus(outcome)}`;
    // As upstream: a pod that preemption cannot help loses the node it was promised; one that waits for its victims keeps it.
    const helpless = messageOfStatus(outcome).includes('nodes are available');
    fail(queued, { ...failure, message, ...(helpless ? { nominate: '' } : {}) });
  } else if (outcome !== undefined) {
    fail(queued, { ...failure, nominate: outcome.nominatedNodeName });
    void outcome.prepare?.();
  } else fail(queued, failure);
  observe(parts, queued, { finding, message, ...(outcome === undefined || 'code' in outcome ? {} : { preemption: outcome }) });
}

async function bindingCycle(
  queued: QueuedPod,
  state: CycleState,
  nodeName: string,
  holders: ReadonlyMap<string, number>,
  parts: CycleParts,
): Promise<void> {
  const { framework, waitingRoom, recorder } = parts;
  const { info } = queued;
  try {
    const refusal =
      (holders.size === 0 ? undefined : await waitingRoom.hold(info, nodeName, holders)) ??
      (await framework.preBind(state, info, nodeName)) ??
      (await framework.bind(state, info, nodeName));
    if (refusal !== undefined) {
      undo(queued, state, nodeName, refusal, parts);
      return;
    }
  } catch (thrown) {
    undo(queued, state, nodeName, { code: 'Error', reasons: [messageOf(thrown)], plugin: '' }, parts);
    return;
  }
  const { namespace, name } = info.pod.metadata;
  recorder.event(info.pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`, { action: 'Binding' });
  framework.postBind(state, info, nodeName);
}

/** Takes a placement back after it was decided, and lets pods that it kept out try again. */
function undo(queued: QueuedPod, state: CycleState, nodeName: string, status: Status, parts: CycleParts): void {
  const { framework, cache, queue, fail } = parts;
  framework.unreserve(state, queued.info, nodeName);
  if (cache.forget(queued.info.uid)) queue.move({ resource: 'AssignedPod', action: 'Delete', previous: queued.info.pod });
  const rejected = isRejected(status);
  const message = rejected ? messageOfStatus(status) : `running plugin "${status.plugin}": ${messageOfStatus(status)}`;
  fail(queued, { reason: rejected ? 'Unschedulable' : 'SchedulerError', message, refusedBy: [status.plugin] });
  observe(parts, queued, { message, fault: !rejected });
}

interface Outcome {
  finding?: Finding;
  message?: string;
  fault?: boolean;
  preemption?: PostFilterResult;
}

function observe({ observe: tell, clock, cache }: CycleParts, { info }: QueuedPod, { finding, message, fault, preemption }: Outcome): void {
  const statuses = finding?.statuses;
  tell?.({
    pod: info.pod,
    time: clock.now(),
    nodes: cache.nodes().length,
    refusals: statuses?.byNode ?? noRefusals,
    ...(finding?.found === undefined && statuses?.absent !== undefined ? { absent: statuses.absent } : {}),
    feasible: finding?.found === undefined ? [] : finding.feasible.map(({ name }) => name),
    scores: finding?.found === undefined ? new Map() : finding.scores,
    ...(finding?.found === undefined ? {} : { nodeName: finding.found.name }),
    ...(message === undefined ? {} : { message }),
    ...(fault === true ? { fault } : {}),
    ...(preemption === undefined || preemption.nominatedNodeName === ''
      ? {}
      : { preemption: { nominatedNode: preemption.nominatedNodeName, victims: preemption.victims ?? [] } }),
  });
}

const noRefusals: Decision['refusals'] = new Map();
