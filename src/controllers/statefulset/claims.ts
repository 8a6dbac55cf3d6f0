import { keyFor } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { StatefulSet } from '../../api/types/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/types/core-v1.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import { modifyObject } from '../../client/retry.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { nameOf, namespaceOf, uidOf, type WithSpec } from '../lib/objects.ts';
import { claimsFor } from './identity.ts';

/** The claims of a StatefulSet's pods. */
export interface ClaimKeeper {
  /** Whether a claim is about to go with the pod that was scaled away; a new pod has to wait for that. */
  isStale(set: WithSpec<StatefulSet>, pod: Pod): boolean;
  /** Creates those that are missing. */
  ensure(set: WithSpec<StatefulSet>, pod: Pod): Promise<void>;
  /** Makes their owners what `persistentVolumeClaimRetentionPolicy` asks for; `condemned` pods are about to be scaled away. */
  own(set: WithSpec<StatefulSet>, pod: Pod, condemned: boolean): Promise<void>;
}

/** The owners a claim is to have after the policy is applied; those that are none of the set's business stay. */
export function claimOwners(
  set: WithSpec<StatefulSet>,
  pod: Pod,
  condemned: boolean,
  present: readonly OwnerReference[],
): OwnerReference[] {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const others = present.filter(({ uid, kind, name }) => uid !== uidOf(set) && !(kind === 'Pod' && name === nameOf(pod)));
  const setOwner: OwnerReference = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: nameOf(set), uid: uidOf(set), controller: true };
  const podOwner: OwnerReference = { apiVersion: 'v1', kind: 'Pod', name: nameOf(pod), uid: uidOf(pod), controller: true };
  if (condemned && whenScaled === 'Delete') return [...others, podOwner];
  return whenDeleted === 'Delete' ? [...others, setOwner] : others;
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
        if (claims.get(keyFor(nameOf(claim), namespaceOf(set))) !== undefined) continue;
        const told = `Claim ${nameOf(claim)} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)}`;
        try {
          const owners = claimOwners(set, pod, false, []);
          await client.create(kinds.PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, ownerReferences: owners } });
          recorder.event(set, 'Normal', 'SuccessfulCreate', `create ${told} success`);
        } catch (error) {
          if (isAlreadyExists(error)) continue;
          recorder.event(set, 'Warning', 'FailedCreate', `create ${told} failed error: ${messageOf(error)}`);
          throw error;
        }
      }
    },
    async own(set, pod, condemned) {
      for (const wanted of claimsFor(set, pod).values()) {
        const claim = claims.get(keyFor(nameOf(wanted), namespaceOf(set)));
        if (claim === undefined) continue;
        const owners = (one: PersistentVolumeClaim): OwnerReference[] =>
          claimOwners(set, pod, condemned, one.metadata.ownerReferences ?? []);
        if (sameOwners(claim.metadata.ownerReferences ?? [], owners(claim))) continue;
        await modifyObject({ client, clock }, kinds.PersistentVolumeClaim, claim, (copy) => {
          copy.metadata.ownerReferences = owners(copy);
        });
      }
    },
  };
}

const sameOwners = (a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean =>
  a.length === b.length && a.every(({ uid }) => b.some((other) => other.uid === uid));
