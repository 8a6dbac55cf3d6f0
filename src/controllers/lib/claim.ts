import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { isNotFound, isReason } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { controllerOf, ownerReference } from '../../client/owner.ts';
import { isDeleting, nameOf, uidOf } from './objects.ts';

export interface Claim<T extends KubeObject> {
  client: Client;
  owner: KubeObject;
  ownerKind: Kind;
  childKind: Kind<T>;
  /** Whether the owner's selector (and whatever else it asks) takes this object. */
  matches(object: T): boolean;
  /** Finalizers that an adopted object gets. */
  finalizers?: readonly string[];
}

/**
 * The objects that `owner` manages after adopting matching orphans and releasing what no longer matches (upstream's
 * `ControllerRefManager`). Adoption first asks the API server whether the owner still is what the cache says.
 */
export async function claimObjects<T extends KubeObject>(claim: Claim<T>, candidates: readonly T[]): Promise<T[]> {
  const claimed: T[] = [];
  let mayAdopt: Promise<boolean> | undefined;
  for (const object of candidates) {
    const reference = controllerOf(object);
    if (reference !== undefined) {
      if (reference.uid !== uidOf(claim.owner)) continue;
      if (claim.matches(object)) claimed.push(object);
      else if (!isDeleting(claim.owner)) await release(claim, object);
      continue;
    }
    if (isDeleting(claim.owner) || isDeleting(object) || !claim.matches(object)) continue;
    mayAdopt ??= ownerIsCurrent(claim);
    if (!(await mayAdopt)) continue;
    const adopted = await adopt(claim, object);
    if (adopted !== undefined) claimed.push(adopted);
  }
  return claimed;
}

async function ownerIsCurrent<T extends KubeObject>({ client, owner, ownerKind }: Claim<T>): Promise<boolean> {
  try {
    const live = await client.get(ownerKind, nameOf(owner), owner.metadata.namespace);
    return uidOf(live) === uidOf(owner) && !isDeleting(live);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

const adopt = <T extends KubeObject>({ client, owner, ownerKind, childKind, finalizers }: Claim<T>, object: T): Promise<T | undefined> =>
  patchMetadata(client, childKind, object, {
    ownerReferences: [...(object.metadata.ownerReferences ?? []), ownerReference(ownerKind, owner)],
    ...(finalizers === undefined ? {} : { finalizers: [...new Set([...(object.metadata.finalizers ?? []), ...finalizers])] }),
  });

const release = <T extends KubeObject>({ client, owner, childKind, finalizers }: Claim<T>, object: T): Promise<T | undefined> =>
  patchMetadata(client, childKind, object, {
    ownerReferences: (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uidOf(owner)),
    ...(finalizers === undefined ? {} : { finalizers: (object.metadata.finalizers ?? []).filter((name) => !finalizers.includes(name)) }),
  });

/** Merges into the metadata of just this object (not of a namesake made since); undefined when it is gone. */
export async function patchMetadata<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: T,
  metadata: Record<string, unknown>,
): Promise<T | undefined> {
  try {
    const patch = { metadata: { uid: uidOf(object), resourceVersion: object.metadata.resourceVersion, ...metadata } };
    return await client.patch(kind, nameOf(object), object.metadata.namespace, patch, { type: 'merge' });
  } catch (error) {
    // Invalid: upstream's answer when a merge would leave an object without what it needs because it changed hands.
    if (isNotFound(error) || isReason(error, 'Invalid')) return undefined;
    throw error;
  }
}
