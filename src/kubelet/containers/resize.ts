import { quantityToNumber } from '../../api/quantity.ts';
import { messageOf } from '../../util/errors.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { resizeMessage } from '../pod/allocation.ts';
import type { PodPlan } from '../pod/plan.ts';
import { resourcesOf } from './resources.ts';

const retryMs = 10_000;

/**
 * Gives running containers the resources that their pod was granted (doPodResizeAction). What fails is told by an event and the
 * pod's PodResizeInProgress condition, and resolves to the milliseconds after which to try again.
 */
export async function resizeContainers(context: KubeletContext, state: PodState, resizes: PodPlan['resize']): Promise<number | undefined> {
  try {
    const before = new Map(resizes.map(({ container }) => [container.id, state.actuated.get(container.id)]));
    const shrinking = resizes.filter(({ container, spec }) => {
      const limit = quantityToNumber(spec.resources?.limits?.['memory']);
      const had = before.get(container.id)?.limits?.['memory'];
      return limit > 0 && (had === undefined || limit < quantityToNumber(had));
    });
    // The kernel would end the container, or refuse.
    const stats = shrinking.length === 0 ? [] : await context.runtime.stats();
    for (const { container, spec } of shrinking) {
      const limit = quantityToNumber(spec.resources?.limits?.['memory']);
      const usage = stats.find(({ id }) => id === container.id)?.memoryWorkingSetBytes ?? 0;
      if (usage >= limit) {
        const problem = `attempting to set container ${JSON.stringify(spec.name)} memory limit (${limit}) below current usage (${usage})`;
        throw new Error(`cannot decrease memory limits: ${problem}`);
      }
    }
    for (const { container, spec } of resizes) {
      await context.runtime.updateContainer(container.id, resourcesOf(state.pod, spec, quantityToNumber(context.capacity['memory'])));
      state.actuated.set(container.id, spec.resources ?? {});
    }
    state.resize.error = undefined;
    return undefined;
  } catch (thrown) {
    const message = messageOf(thrown);
    if (state.resize.error !== message)
      context.recorder.event(state.pod, 'Warning', 'ResizeError', resizeMessage(state.pod, 'error', message));
    state.resize.error = message;
    return retryMs;
  }
}
