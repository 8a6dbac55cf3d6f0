/**
 * What a plugin answers besides success, which is `undefined`.
 * - `Unschedulable`: not now; preemption may help.
 * - `UnschedulableAndUnresolvable`: not here; removing pods from the node would not help.
 * - `Wait` (Permit only): hold the pod until it is allowed or refused.
 * - `Skip`: the plugin has no say in this pod's cycle, and its paired extension points are left out.
 * - `Pending` (PreEnqueue, PreFilter): waits for something outside; not an answer of the cluster's state.
 * - `Error`: a fault; the pod is tried again after its back-off.
 */
export type Code = 'Error' | 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Wait' | 'Skip' | 'Pending';

export interface Status {
  readonly code: Code;
  /** Texts for people, each counted over nodes in the FailedScheduling message. */
  readonly reasons: readonly string[];
  /** Name of the plugin that answered. */
  readonly plugin: string;
}

/** Makes the statuses of one plugin. Those without a variable part are best made once. */
export function statusesOf(plugin: string) {
  const make =
    (code: Code) =>
    (...reasons: string[]): Status => ({ code, reasons, plugin });
  return {
    unschedulable: make('Unschedulable'),
    unresolvable: make('UnschedulableAndUnresolvable'),
    pending: make('Pending'),
    wait: make('Wait'),
    error: make('Error'),
    skip: make('Skip')(),
  };
}

/** The pod cannot go here now: either of the two refusals, or Pending. */
export const isRejected = (status: Status): boolean =>
  status.code === 'Unschedulable' || status.code === 'UnschedulableAndUnresolvable' || status.code === 'Pending';

export const messageOfStatus = (status: Status): string => status.reasons.join(', ');
