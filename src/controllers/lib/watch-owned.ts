import type { Kind } from '../../api/kind.ts';
import { type KubeObject, keyFor, keyOf } from '../../api/object.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerOf } from '../../client/owner.ts';
import { isDeleting, namespaceOf, refersTo } from './objects.ts';

/** The key of the owner of this kind that manages the object, if one does. */
export function ownerKeyOf(object: KubeObject, ownerKind: Kind): string | undefined {
  const owner = controllerOf(object);
  return owner !== undefined && refersTo(owner, ownerKind) ? keyFor(owner.name, object.metadata.namespace) : undefined;
}

export interface OwnedWatch<O extends KubeObject, C extends KubeObject> {
  owners: Informer<O>;
  children: Informer<C>;
  /** Whether the owner would adopt this orphan. */
  matches(owner: O, orphan: C): boolean;
  enqueue(key: string): void;
  /** Told before the owner is queued: a child of `key` has appeared, or is being deleted or gone. */
  created?(key: string, child: C): void;
  deleted?(key: string, child: C): void;
}

/**
 * Queues an owner whenever it or one of its children changes: also the owner that a child has left, and owners that might
 * adopt an orphan. A child that is being deleted counts as deleted at once.
 */
export function watchOwned<O extends KubeObject, C extends KubeObject>(watch: OwnedWatch<O, C>): void {
  const { owners, children, enqueue } = watch;
  const ownerKey = (child: C): string | undefined => ownerKeyOf(child, owners.kind);
  const enqueueOwner = (child: C): void => {
    const key = ownerKey(child);
    if (key !== undefined) enqueue(key);
    else if (controllerOf(child) === undefined && !isDeleting(child)) {
      for (const owner of owners.list(namespaceOf(child))) if (watch.matches(owner, child)) enqueue(keyOf(owner));
    }
  };
  const gone = (child: C): void => {
    const key = ownerKey(child);
    if (key === undefined) return;
    watch.deleted?.(key, child);
    enqueue(key);
  };
  owners.on({ add: (owner) => enqueue(keyOf(owner)), update: (owner) => enqueue(keyOf(owner)), delete: (owner) => enqueue(keyOf(owner)) });
  children.on({
    add(child) {
      if (isDeleting(child)) return gone(child);
      const key = ownerKey(child);
      if (key !== undefined) watch.created?.(key, child);
      enqueueOwner(child);
    },
    update(child, previous) {
      const before = ownerKey(previous);
      if (before !== undefined && before !== ownerKey(child)) enqueue(before);
      if (isDeleting(child)) gone(child);
      else enqueueOwner(child);
    },
    delete: gone,
  });
}
