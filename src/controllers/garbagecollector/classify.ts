import type { OwnerReference } from '../../api/types/meta-v1.ts';

/** What is known of an owner that an object names. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

export type Verdict =
  | { do: 'nothing' }
  /** Some owners remain: only the references to the others go. */
  | { do: 'patch'; owners: OwnerReference[] }
  | { do: 'delete'; propagationPolicy: 'Background' | 'Foreground' | 'Orphan'; unblock: boolean };

/**
 * What becomes of an object with these owners (upstream's `attemptToDeleteItem`): it lives as long as one owner does; an owner
 * that waits for its dependents takes it along, in the foreground where it has dependents itself.
 */
export function verdictOn(
  owners: readonly { reference: OwnerReference; state: OwnerState }[],
  item: { hasDependents: boolean; hasWaitingDependent: boolean; orphan: boolean; foreground: boolean },
): Verdict {
  const inState = (state: OwnerState): OwnerReference[] =>
    owners.filter((owner) => owner.state === state).map(({ reference }) => reference);
  const solid = inState('solid');
  if (owners.length === 0) return { do: 'nothing' };
  if (solid.length > 0) return solid.length === owners.length ? { do: 'nothing' } : { do: 'patch', owners: solid };
  if (inState('waiting').length > 0 && item.hasDependents) {
    // A dependent that waits in turn shows a circle, which nobody would ever leave without unblocking it.
    return { do: 'delete', propagationPolicy: 'Foreground', unblock: item.hasWaitingDependent };
  }
  const propagationPolicy = item.orphan ? 'Orphan' : item.foreground ? 'Foreground' : 'Background';
  return { do: 'delete', propagationPolicy, unblock: false };
}
