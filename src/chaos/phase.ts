import type { Condition } from '../api/types/meta-v1.ts';
import type { FaultPhase, TargetStatus } from './fault.ts';

/** What the states of a fault's targets make of the whole. `ending`: it is deleted or has expired. */
export function phaseOf(targets: readonly TargetStatus[], ending: boolean): FaultPhase {
  const states = new Set(targets.map(({ state }) => state));
  if (states.has('Injected')) return ending ? 'Undoing' : 'Active';
  if (states.has('Pending')) return ending ? 'Undoing' : 'Pending';
  if (states.has('Undone')) return 'Undone';
  return states.has('Unsupported') && !states.has('Failed') ? 'Unsupported' : 'Failed';
}

export const isOver = (phase: FaultPhase): boolean => phase === 'Undone' || phase === 'Unsupported' || phase === 'Failed';

/**
 * `Injected` says whether the fault was made: True once every target that can have it has it, for good. `Undone` says whether
 * anything is left of it.
 */
export function conditionsOf(
  targets: readonly (TargetStatus & { name: string })[],
  phase: FaultPhase,
  before: readonly Condition[],
  now: string,
): Condition[] {
  const set = (type: string, status: string, reason: string, message: string): Condition => {
    const old = before.find((one) => one.type === type);
    return { type, status, reason, message, lastTransitionTime: old?.status === status ? old.lastTransitionTime : now };
  };
  const refused = targets.filter(({ state }) => state === 'Unsupported' || state === 'Failed');
  const why = refused.map(({ name, message }) => `${name}: ${message ?? 'no reason given'}`).join('; ');
  const happened = before.some(({ type, status }) => type === 'Injected' && status === 'True');
  const injected =
    happened || (targets.some(({ state }) => state === 'Injected' || state === 'Undone') && phase !== 'Pending')
      ? set('Injected', 'True', refused.length === 0 ? 'Injected' : 'PartlyInjected', why)
      : set('Injected', 'False', phase === 'Pending' || phase === 'Undoing' ? 'Pending' : phase, why);
  const undone = isOver(phase) ? set('Undone', 'True', 'NothingLeft', '') : set('Undone', 'False', phase, '');
  return [injected, undone];
}
