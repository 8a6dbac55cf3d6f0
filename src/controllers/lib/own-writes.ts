import { type KubeObject, keyOf } from '../../api/object.ts';
import type { Informer } from '../../client/informer.ts';
import type { Clock } from '../../util/clock.ts';

/**
 * Remembers what a controller wrote about an owner until its informer shows it, so that children with generated names are
 * not made twice from a stale cache (the job of upstream's EndpointSlice tracker). Gives up waiting after five minutes.
 */
export interface OwnWrites<T extends KubeObject> {
  wrote(owner: string, object: T): void;
  deleted(owner: string, object: T): void;
  /** Whether the informer still lacks something written about this owner. */
  stale(owner: string, informer: Informer<T>): boolean;
  forget(owner: string): void;
}

const revisionOf = (object: KubeObject | undefined): number => Number(object?.metadata.resourceVersion ?? 0);

const lapseMs = 5 * 60_000;

export function createOwnWrites<T extends KubeObject>(clock: Clock): OwnWrites<T> {
  const awaited = new Map<string, Map<string, { since: number; revision: number }>>();
  return {
    wrote(owner, object) {
      const entries = awaited.get(owner) ?? new Map();
      awaited.set(owner, entries);
      entries.set(keyOf(object), { since: clock.now(), revision: revisionOf(object) });
    },
    deleted: (owner, object) => void awaited.get(owner)?.delete(keyOf(object)),
    stale(owner, informer) {
      const entries = awaited.get(owner);
      for (const [key, { revision, since }] of entries ?? []) {
        if (revisionOf(informer.get(key)) < revision && clock.now() - since < lapseMs) return true;
        entries?.delete(key);
      }
      if (entries?.size === 0) awaited.delete(owner);
      return false;
    },
    forget: (owner) => void awaited.delete(owner),
  };
}
