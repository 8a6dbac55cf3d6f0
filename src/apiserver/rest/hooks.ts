import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';

/** What a write has taken beside the object itself (an address, a port): kept when the write succeeds, given back when not. */
export interface Reservation {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Work of one kind around its writes (upstream: the registry's BeginCreate, BeginUpdate and AfterDelete). */
export interface WriteHook {
  /** May change `object`, which is the caller's own copy. */
  beforeCreate(object: KubeObject, dryRun: boolean): Promise<Reservation>;
  beforeUpdate(object: KubeObject, previous: KubeObject, dryRun: boolean): Promise<Reservation>;
  afterDelete(last: KubeObject): Promise<void>;
}

export type WriteHooks = (kind: Kind) => WriteHook | undefined;

export const noReservation: Reservation = { commit: async () => undefined, rollback: async () => undefined };

/** Runs `write` under the reservation. */
export async function reserved<T>(reservation: Reservation | undefined, write: () => Promise<T>): Promise<T> {
  if (reservation === undefined) return write();
  let result: T;
  try {
    result = await write();
  } catch (thrown) {
    await reservation.rollback();
    throw thrown;
  }
  await reservation.commit();
  return result;
}
