import { podQOSClass } from '../../api/qos.ts';
import type { PodStatus } from '../../api/types/core-v1.ts';
import { timestamp } from '../../util/clock.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { ephemeralContainers, initContainers, mainContainers } from '../pod/pod.ts';
import { isResizing } from '../pod/resize.ts';
import { restartingCondition, startsOver } from '../pod/restart-all.ts';
import type { PodRuntime } from '../runtime-cache.ts';
import { dated, disruptionCondition, podConditions, resizeConditions, restartAllCondition } from './conditions.ts';
import { containerStatuses } from './container-statuses.ts';
import { podPhase } from './phase.ts';
import { settle } from './settle.ts';

/** Why a pod is failed as a whole, whatever its containers say: rejected, past its deadline. */
export interface PodVerdict {
  reason: string;
  message: string;
  /** The node ended it before its time: a disruption, which its DisruptionTarget condition tells (KEP-3329). */
  evicted?: boolean;
}

/**
 * A pod's status from the runtime's state (generateAPIPodStatus). `ended`: nothing runs or will run again. A phase is final
 * only then, or when its containers say so.
 */
export async function generateStatus(
  context: KubeletContext,
  state: PodState,
  runtime: PodRuntime,
  options: { ended?: boolean; verdict?: PodVerdict | undefined } = {},
): Promise<PodStatus> {
  const { pod, status: before } = state;
  const { ended = false, verdict } = options;
  const now = timestamp(context.clock);
  const facts = { instances: runtime.containers, ended };
  const init = await containerStatuses(context, state, initContainers(pod), 'init', {
    ...facts,
    before: before.initContainerStatuses ?? [],
  });
  const main = await containerStatuses(context, state, mainContainers(pod), 'main', { ...facts, before: before.containerStatuses ?? [] });
  const ephemeral = await containerStatuses(context, state, ephemeralContainers(pod), 'ephemeral', {
    ...facts,
    before: before.ephemeralContainerStatuses ?? [],
  });
  if (ended) settle(pod, init, main, ephemeral);
  const restarting = !ended && startsOver(pod, before, runtime.containers);
  const computed = podPhase(pod, init, main, { ended, restarting });
  const phase = ended && verdict !== undefined ? 'Failed' : computed;
  const [sandbox] = runtime.sandboxes;
  const sandboxReady = sandbox?.state === 'ready' && !ended;
  const podIPs = addresses();
  const resizing = ended ? [] : resizeConditions(state.resize, isResizing(state, runtime.containers));
  const restarted = restarting || before.conditions?.some(({ type }) => type === restartingCondition) === true;
  const restart = restarted ? [restartAllCondition(restarting, phase)] : [];
  const disruption = verdict?.evicted === true ? [disruptionCondition(verdict.message)] : [];
  const drafts = [...resizing, ...podConditions(pod, phase, { init, main }, sandboxReady), ...restart, ...disruption];
  return {
    phase,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    ...(verdict === undefined ? {} : { reason: verdict.reason, message: verdict.message }),
    conditions: dated(drafts, before.conditions ?? [], now, pod.metadata.generation),
    hostIP: context.nodeIP,
    hostIPs: [{ ip: context.nodeIP }],
    ...(podIPs.length === 0 ? {} : { podIP: podIPs[0] ?? '', podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: before.startTime ?? now,
    qosClass: before.qosClass ?? podQOSClass(pod),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
  };

  /** A pod that lost its sandbox shows the address it had until it has another. */
  function addresses(): string[] {
    if (pod.spec?.hostNetwork === true) return sandbox === undefined && before.podIP === undefined ? [] : [context.nodeIP];
    if (sandbox?.state === 'ready' && sandbox.ip !== '') return [sandbox.ip];
    return (before.podIPs ?? []).map(({ ip }) => ip);
  }
}
