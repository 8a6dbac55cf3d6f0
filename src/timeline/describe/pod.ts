import type { Pod } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { isComponent } from '../authors.ts';
import { ownerRef } from '../causes.ts';
import type { Change } from '../change.ts';
import { because, type Circumstances, type Describe, refOf, type Step } from '../step.ts';
import { conditionOf, wordsOf } from './conditions.ts';
import { containerSteps } from './containers.ts';

/** What makes a controller make pods. */
const orders = ['Created', 'Scaled', 'Changed'];

/** A pod's life: made, scheduled, its containers, ready or not, evicted, gone. */
export const describePod: Describe = function* (change, circumstances) {
  const pod = change.object as Pod;
  const previous = change.previous as Pod | undefined;
  if (change.type === 'DELETED') {
    yield* removed(pod, change, circumstances);
    return;
  }
  if (previous === undefined) yield created(pod, circumstances);
  yield* scheduling(pod, previous, circumstances);
  if (previous === undefined) return;
  yield* deletion(pod, change, circumstances);
  yield* containerSteps(pod, previous, circumstances);
  yield* outcome(pod, previous, circumstances);
};

function created(pod: Pod, { causes }: Circumstances): Step {
  const owner = controllerOf(pod);
  const step: Step = { kind: 'write', reason: 'Created', what: 'created' };
  if (owner === undefined) return step;
  const scaled = causes.ofOwner(pod, ['Scaled', 'Changed'])?.entry ?? 0;
  const loss = causes.replaces(owner, scaled);
  if (loss !== undefined) return { ...step, what: 'created as a replacement', cause: loss };
  return because(step, causes.ofOwner(pod, orders) ?? { text: `${owner.kind} ${owner.name}` });
}

function scheduling(pod: Pod, previous: Pod | undefined, { causes }: Circumstances): Step[] {
  const node = pod.spec?.nodeName ?? '';
  if (node !== '' && (previous?.spec?.nodeName ?? '') === '') {
    // Who names the node needs no scheduler.
    if (previous === undefined) return [{ kind: 'scheduling', reason: 'Scheduled', what: `placed on ${node} by its spec` }];
    return [because({ kind: 'scheduling', reason: 'Scheduled', what: `scheduled to ${node}` }, causes.latest(refOf(pod), ['Created']))];
  }
  const now = conditionOf(pod, 'PodScheduled');
  const before = previous === undefined ? undefined : conditionOf(previous, 'PodScheduled');
  if (now?.status !== 'False' || (now.reason === before?.reason && now.message === before?.message)) return [];
  const what = `cannot be scheduled: ${now.message ?? now.reason ?? ''}`;
  return [because({ kind: 'scheduling', reason: 'Unschedulable', what }, causes.latest(refOf(pod), ['Created']))];
}

/** How the disruption controller and others say why a pod has to go (upstream: v1.DisruptionTarget). */
const disruptions: Record<string, { what: string; of: (pod: Pod, causes: Circumstances['causes']) => Step['cause'] | undefined }> = {
  DeletionByTaintManager: {
    what: 'evicted from a tainted node',
    of: (pod, causes) => causes.latest({ kind: 'Node', name: pod.spec?.nodeName ?? '' }, ['Tainted', 'NotReady']),
  },
  DeletionByPodGC: {
    what: 'removed with its node',
    of: (pod, causes) => causes.latest({ kind: 'Node', name: pod.spec?.nodeName ?? '' }, ['Deleted', 'NotReady']),
  },
  PreemptionByScheduler: {
    what: 'preempted',
    of: (pod) => ({ text: conditionOf(pod, 'DisruptionTarget')?.message ?? 'a pod of higher priority' }),
  },
  EvictionByEvictionAPI: {
    what: 'evicted',
    of: (pod, causes) => causes.latest({ kind: 'Node', name: pod.spec?.nodeName ?? '' }, ['Cordoned']),
  },
};

function deletion(pod: Pod, { previous }: Change, { causes, author }: Circumstances): Step[] {
  if (pod.metadata.deletionTimestamp === undefined || previous?.metadata.deletionTimestamp !== undefined) return [];
  return [ending(pod, 'Deleting', 'told to stop', { causes, author })];
}

/** The pod has to go: who wants that, and whether its controller will miss it. */
function ending(pod: Pod, reason: string, what: string, { causes, author }: Circumstances): Step {
  const disruption = disruptions[conditionOf(pod, 'DisruptionTarget', 'True')?.reason ?? ''];
  if (disruption !== undefined) {
    return because({ kind: 'pod', reason: 'Evicted', what: disruption.what }, disruption.of(pod, causes));
  }
  if (author?.subresource === 'eviction') {
    const node = { kind: 'Node', name: pod.spec?.nodeName ?? '' };
    return because({ kind: 'write', reason: 'Evicted', what: 'evicted' }, causes.latest(node, ['Cordoned']));
  }
  const step: Step = { kind: 'write', reason, what };
  return isComponent(author) ? because(step, wishOfOwner(pod, causes)) : step;
}

const wishOfOwner = (pod: Pod, causes: Circumstances['causes']) => causes.ofOwner(pod, ['Scaled', 'Changed', 'Deleting', 'Deleted']);

function removed(pod: Pod, { previous }: Change, circumstances: Circumstances): Step[] {
  const wasEnding = (previous ?? pod).metadata.deletionTimestamp !== undefined;
  if (!wasEnding) return [ending(pod, 'Deleted', 'deleted', circumstances)];
  const { causes } = circumstances;
  const cause = causes.latest(refOf(pod), ['Evicted', 'Deleting']);
  return [because({ kind: 'pod', reason: 'Deleted', what: 'gone' }, cause)];
}

function* outcome(pod: Pod, previous: Pod, { causes }: Circumstances): Iterable<Step> {
  const { phase, reason, message } = pod.status ?? {};
  const own = refOf(pod);
  if (phase !== previous.status?.phase && phase === 'Succeeded') {
    yield because({ kind: 'pod', reason: 'Succeeded', what: 'completed' }, causes.latest(own, ['Exited']));
  }
  if (phase !== previous.status?.phase && phase === 'Failed') {
    const text = wordsOf({ reason, message });
    const failed: Step = {
      kind: 'pod',
      reason: reason === 'Evicted' ? 'Evicted' : 'Failed',
      what: text === '' ? 'failed' : `failed: ${text}`,
    };
    yield because(failed, causes.latest(own, ['Exited']));
  }
  const now = conditionOf(pod, 'Ready');
  const before = conditionOf(previous, 'Ready');
  if (now?.status === 'True' && before?.status !== 'True') {
    yield because({ kind: 'pod', reason: 'Ready', what: 'ready' }, readiness(pod, causes));
  } else if (before?.status === 'True' && now?.status !== 'True' && phase !== 'Succeeded') {
    yield because({ kind: 'pod', reason: 'NotReady', what: 'no longer ready' }, unreadiness(pod, causes));
  }
}

/** What made it ready: its containers' start, unless it has lost readiness since and nothing but its node came back. */
function readiness(pod: Pod, causes: Circumstances['causes']) {
  const own = causes.latest(refOf(pod), ['Started', 'NotReady']);
  if (own?.reason !== 'NotReady') return own;
  const node = causes.latest({ kind: 'Node', name: pod.spec?.nodeName ?? '' }, ['Ready']);
  return (node?.entry ?? 0) > own.entry ? node : undefined;
}

/** What took readiness away: the newest of what can. */
function unreadiness(pod: Pod, causes: Circumstances['causes']) {
  const own = causes.latest(refOf(pod), ['Exited', 'Deleting', 'Evicted', 'Failed', 'Unhealthy']);
  const node = causes.latest({ kind: 'Node', name: pod.spec?.nodeName ?? '' }, ['NotReady', 'Ready']);
  const ofNode = node?.reason === 'NotReady' ? node : undefined;
  return (own?.entry ?? 0) > (ofNode?.entry ?? 0) ? own : ofNode;
}

/** Reasons of entries after which a pod's controller makes another. */
export const losses = new Set(['Evicted', 'Deleting', 'Deleted', 'Failed']);

/** Whether the pod's controller wanted the end itself: nothing is missed then. */
export const wanted = (pod: Pod, step: Step): boolean => {
  const owner = controllerOf(pod);
  if (owner === undefined || step.cause === undefined) return false;
  const { kind, name } = ownerRef(pod, owner);
  return step.cause.text.startsWith(`${kind} ${name} `);
};
