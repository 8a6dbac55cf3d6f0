import type { Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'SchedulingGates';
const { unresolvable } = statusesOf(name);

/** Keeps pods with `spec.schedulingGates` out of the queue until all gates are lifted. */
export const createSchedulingGates = (): Plugin => ({
  name,
  events: [{ resource: 'UnscheduledPod', actions: ['UpdatePodSchedulingGatesEliminated'], hint: (pod) => gatesOf(pod).length === 0 }],
  preEnqueue(pod) {
    const gates = gatesOf(pod);
    return gates.length === 0 ? undefined : unresolvable(`waiting for scheduling gates: [${gates.join(' ')}]`);
  },
});

const gatesOf = (pod: Parameters<NonNullable<Plugin['preEnqueue']>>[0]): string[] =>
  (pod.spec?.schedulingGates ?? []).map((gate) => gate.name);
