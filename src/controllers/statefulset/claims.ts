import type { Kind } from '../../api/kind.ts';
import { type KubeObject, keyFor } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { StatefulSet } from '../../api/types/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/types/core-v1.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import { ownerReference } from '../../client/owner.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import { modifyObject } from '../../client/retry.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { isDeleting, nameOf, namespaceOf, refersTo, uidOf, type WithSpec } from '../lib/objects.ts';
import { claimsFor } from './identity.ts';

/** The claims of a StatefulSet's pods. */
export interface ClaimKeeper {
  /** Whether a claim is about to go with the pod that was scaled away; a new pod has to wait for that. */
  isStale(set: WithSpec<StatefulSet>, pod: Pod): boolean;
  /** Creates those that are missing; throws while one is being deleted. */
  ensure(set: WithSpec<StatefulSet>, pod: Pod): Promise<void>;
  /** Makes their owners what `persistentVolumeClaimRetentionPolicy` asks for; `condemned` pods are about to be scaled away. */
  own(set: WithSpec<StatefulSet>, pod: Pod, condemned: boolean): Promise<void>;
}

/**
 * The owners a claim is to have after the policy is applied; those that are none of the set's business stay. Nothing is changed
 * where a namesake of an earlier time owns the claim, and nothing added where somebody else manages it.
 */
export function claimOwners(
  set: WithSpec<StatefulSet>,
  pod: Pod,
  condemned: boolean,
  present: readonly OwnerReference[],
): readonly OwnerReference[] {
  const names = (owner: OwnerReference, kind: Kind, object: KubeObject): boolean => refersTo(owner, kind) && owner.name === nameOf(object);
  const isSet = (owner: OwnerReference): boolean => names(owner, kinds.StatefulSet, set);
  const isPod = (owner: OwnerReference): boolean => names(owner, kinds.Pod, pod);
  if (present.some((owner) => (isSet(owner) && owner.uid !== uidOf(set)) || (isPod(owner) && owner.uid !== uidOf(pod)))) return present;
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const others = present.filter((owner) => !isSet(owner) && !isPod(owner));
  if (others.some(({ controller }) => controller === true)) return others;
  if (condemned && whenScaled === 'Delete') return [...others, ownerReference(kinds.Pod, pod)];
  return whenDeleted === 'Delete' ? [...others, ownerReference(kinds.StatefulSet, set)] : others;
}

export function createClaimKeeper(
  client: Client,
  clock: Clock,
  recorder: EventRecorder,
  claims: Informer<PersistentVolumeClaim>,
): ClaimKeeper {
  return {
    isStale(set, pod) {
      if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false;
      return [...claimsFor(set, pod).values()].some((wanted) =>
        claims
          .get(keyFor(nameOf(wanted), namespaceOf(set)))
          ?.metadata.ownerReferences?.some(({ kind, name, uid }) => kind === 'Pod' && name === nameOf(pod) && uid !== uidOf(pod)),
      );
    },
    async ensure(set, pod) {
      for (const claim of claimsFor(set, pod).values()) {
        const present = claims.get(keyFor(nameOf(claim), namespaceOf(set)));
        // A pod that took it would wait for a volume that is going.
        if (present !== undefined && isDeleting(present)) throw new Error(`pvc ${nameOf(claim)} is being deleted`);
        if (present !== undefined) continue;
        const [told, asked] = [nameOf(claim), `Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)}`];
        try {
          const owners = claimOwners(set, pod, false, []);
          await client.create(kinds.PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, ownerReferences: [...owners] } });
          recorder.event(set, 'Normal', 'SuccessfulCreate', `create Claim ${told} ${asked} success`);
        } catch (error) {
          if (isAlreadyExists(error)) continue;
          recorder.event(set, 'Warning', 'FailedCreate', `create Claim ${told} for ${asked} failed error: ${messageOf(error)}`);
          throw error;
        }
      }
    },
    async own(set, pod, condemned) {
      for (const wanted of claimsFor(set, pod).values()) {
        const claim = claims.get(keyFor(nameOf(wanted), namespaceOf(set)));
        if (claim === undefined) continue;
        const owners = (one: PersistentVolumeClaim): readonly OwnerReference[] =>
          claimOwners(set, pod, condemned, one.metadata.ownerReferences ?? []);
        if (sameOwners(claim.metadata.ownerReferences ?? [], owners(claim))) continue;
        await modifyObject({ client, clock }, kinds.PersistentVolumeClaim, claim, (copy) => {
          copy.metadata.ownerReferences = [...owners(copy)];
        });
      }
    },
  };
}

const sameOwners = (a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean =>
  a.length === b.length && a.every(({ uid, controller }) => b.some((other) => other.uid === uid && other.controller === controller));
