import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Pod } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import type { EventRecorder } from '../client/recorder.ts';
import { type Clock, timestamp } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { podInfoOf } from './cache/pod-info.ts';
import type { QueuedPod } from './framework/interface.ts';
import type { NominationBook } from './queue/nominations.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';

/** Why a cycle came to nothing. */
export interface Failure {
  reason: 'Unschedulable' | 'SchedulerError';
  message: string;
  /** Plugins that refused the pod; empty where nobody in particular did. */
  refusedBy: Iterable<string>;
  /** A node to promise to the pod; the empty name takes a promise back; absent leaves it as it is. */
  nominate?: string;
}

export type FailureHandler = (pod: QueuedPod, failure: Failure) => void;

/** Events longer than this are cut (upstream's `NoteLengthLimit`). */
const noteLimit = 1024;

export interface FailureOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  pods: Informer<Pod>;
  queue: SchedulingQueue;
  nominations: NominationBook;
  recorder: EventRecorder;
}

/** Puts the pod back into the queue and tells its user: a FailedScheduling event and the PodScheduled condition. */
export function createFailureHandler({ client, clock, log, pods, queue, nominations, recorder }: FailureOptions): FailureHandler {
  return (queued, { reason, message, refusedBy, nominate }) => {
    const { namespace, name = '' } = queued.info.pod.metadata;
    const current = pods.get(`${namespace}/${name}`);
    const gone = current === undefined || current.metadata.uid !== queued.info.pod.metadata.uid;
    if (gone || (current.spec?.nodeName ?? '') !== '') {
      nominations.clear(queued.info.uid);
      return;
    }
    queued.info = current === queued.info.pod ? queued.info : podInfoOf(current);
    if (nominate === '') nominations.clear(queued.info.uid);
    else if (nominate !== undefined) nominations.set(queued.info, nominate);
    if (reason === 'Unschedulable') queue.addUnschedulable(queued, refusedBy);
    else queue.addFailed(queued);

    log.debug(`${namespace}/${name}: ${message}`);
    const note = message.length > noteLimit ? `${message.slice(0, noteLimit - 4)} ...` : message;
    recorder.event(current, 'Warning', 'FailedScheduling', note, { action: 'Scheduling' });
    const patch = statusPatch(current, reason, message, nominate, timestamp(clock));
    if (patch === undefined) return;
    client.patch(kinds.Pod, name, namespace, patch, { type: 'strategic', subresource: 'status' }).catch((thrown: unknown) => {
      if (!isNotFound(thrown)) log.warn(`cannot write the status of ${namespace}/${name}: ${messageOf(thrown)}`);
    });
  };
}

/** What must change in the status; undefined when it says all this already. */
function statusPatch(
  { metadata, status }: Pod,
  reason: Failure['reason'],
  message: string,
  nominate: string | undefined,
  now: string,
): unknown {
  const old = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const same = old?.status === 'False' && old.reason === reason && old.message === message;
  const renominated = nominate !== undefined && nominate !== (status?.nominatedNodeName ?? '');
  if (same && !renominated) return undefined;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    lastTransitionTime: old?.status === 'False' ? old.lastTransitionTime : now,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
  };
  return {
    status: {
      ...(same ? {} : { conditions: [condition] }),
      ...(renominated ? { nominatedNodeName: nominate === '' ? null : nominate } : {}),
    },
  };
}
