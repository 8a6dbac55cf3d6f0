import type { PodAddresses } from '../containers/downward.ts';
import { resizeContainers } from '../containers/resize.ts';
import { startContainer } from '../containers/start.ts';
import { killContainer, killContainers } from '../containers/stop.ts';
import type { KubeletContext, PodState } from '../context.ts';
import type { PodSandbox } from '../runtime/runtime.ts';
import type { PodRuntime } from '../runtime-cache.ts';
import { actuatedResources } from './allocation.ts';
import { type PlanFacts, type PodPlan, planPod } from './plan.ts';
import { initContainers } from './pod.ts';
import { startOver } from './restart-all.ts';
import { createSandbox } from './sandbox.ts';

/** What a sync says of the next one. */
export interface SyncResult {
  /** Whether anything was started or ended: the runtime's state is to be read again. */
  acted: boolean;
  /** An init container was started: what comes after it may be due at once. */
  again: boolean;
  /** Milliseconds after which to look again. */
  nextMs: number | undefined;
}

const soonest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

/** Brings a pod to where it should be, one step (kuberuntime's SyncPod): volumes, sandbox, then containers in their order. */
export async function syncPod(context: KubeletContext, state: PodState, runtime: PodRuntime): Promise<SyncResult> {
  const { pod } = state;
  const known = addressesOf(context, state, runtime.sandboxes[0]);
  const refreshMs = await context.volumes.mount(context, state, known);
  const statuses = [...(state.status.initContainerStatuses ?? []), ...(state.status.containerStatuses ?? [])];
  const facts: PlanFacts = {
    condemned: state.condemned,
    isStarted: context.probes.isStarted,
    actuated: (container, id) => actuatedResources(state.actuated, statuses, container, id),
  };
  const plan = planPod(pod, runtime, facts);
  if (plan.killAll) await tearDown(context, state, runtime, plan);
  else for (const one of plan.kill) await kill(one);

  let { sandbox } = plan;
  if (plan.newSandbox !== undefined) {
    sandbox = await createSandbox(context, state, plan.newSandbox);
    // Ended sandboxes that no container of interest is left in.
    for (const old of runtime.sandboxes.slice(1)) await context.runtime.removePodSandbox(old.id);
  }
  let acted = plan.killAll || plan.kill.length > 0 || plan.newSandbox !== undefined;
  if (sandbox === undefined) return { acted, again: false, nextMs: refreshMs };
  if (plan.startOver !== undefined) {
    const waitMs = await startOver(context, state, runtime.containers, plan.startOver);
    return { acted: true, again: waitMs === undefined, nextMs: soonest(refreshMs, waitMs) };
  }

  const where = { sandbox, runtime, addresses: addressesOf(context, state, sandbox) };
  const init = initContainers(pod);
  let nextMs = refreshMs;
  if (plan.resize.length > 0) {
    acted = true;
    nextMs = soonest(nextMs, await resizeContainers(context, state, plan.resize));
  }
  let again = false;
  for (const container of plan.start) {
    if (state.ending.aborted) break;
    const wait = await startContainer(context, state, container, where);
    // Even a start that failed may have left an instance behind.
    acted = true;
    nextMs = soonest(nextMs, wait);
    again ||= wait === undefined && init.includes(container);
  }
  return { acted, again, nextMs };

  async function kill({ container, message, probe, always }: PodPlan['kill'][number]): Promise<void> {
    await killContainer(context, state, container, { message, ...(probe === undefined ? {} : { probe }) });
    state.condemned.delete(container.id);
    // One that is made anew for its own sake did not fail.
    if (always) return;
    // It ended a moment ago: what decides on its back-off must see that.
    container.state = 'exited';
    container.finishedAt = context.clock.now();
  }
}

/** Ends what runs in a pod whose sandbox is not to be used again. */
async function tearDown(context: KubeletContext, state: PodState, runtime: PodRuntime, plan: PodPlan): Promise<void> {
  if (plan.newSandbox !== undefined) {
    context.recorder.event(state.pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  }
  await killContainers(context, state, runtime);
  for (const sandbox of runtime.sandboxes) {
    if (sandbox.state === 'ready') await context.runtime.stopPodSandbox(sandbox.id);
  }
  for (const container of runtime.containers) {
    if (container.state === 'exited') continue;
    container.state = 'exited';
    container.finishedAt = context.clock.now();
  }
}

export const addressesOf = (context: KubeletContext, { pod, status }: PodState, sandbox: PodSandbox | undefined): PodAddresses => ({
  hostIP: context.nodeIP,
  podIPs:
    pod.spec?.hostNetwork === true
      ? [context.nodeIP]
      : sandbox?.state === 'ready' && sandbox.ip !== ''
        ? [sandbox.ip]
        : (status.podIPs ?? []).map(({ ip }) => ip),
});

/** Removes all that the runtime has of a pod; what still runs is killed. */
export async function removeFromRuntime(context: KubeletContext, runtime: PodRuntime): Promise<void> {
  for (const { id } of runtime.containers) await context.runtime.removeContainer(id);
  for (const { id, state } of runtime.sandboxes) {
    if (state === 'ready') await context.runtime.stopPodSandbox(id);
    await context.runtime.removePodSandbox(id);
  }
}
