import { keyFor } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types/core-v1.ts';
import { boundByControllerAnnotation } from '../../api/volume-binding.ts';
import type { Informer } from '../../client/informer.ts';
import { modifyObject, modifyStatus } from '../../client/retry.ts';
import { timestamp } from '../../util/clock.ts';
import type { ControllerContext } from '../context.ts';
import { isDeleting, nameOf, uidOf } from '../lib/objects.ts';
import { provisionedByAnnotation, provisioner } from './local-path.ts';

export interface VolumeSync {
  setPhase(volume: PersistentVolume, phase: string): Promise<void>;
  /** Brings a volume's phase in line with its claim, and reclaims it when the claim is gone. */
  sync(volume: PersistentVolume): Promise<void>;
}

/** The volume's side of binding (upstream's `syncVolume`). */
export function createVolumeSync(
  { client, clock, recorder: recorderFor }: ControllerContext,
  claims: Informer<PersistentVolumeClaim>,
): VolumeSync {
  const recorder = recorderFor('persistentvolume-controller');
  const deps = { client, clock };

  async function setPhase(volume: PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    await modifyStatus(deps, kinds.PersistentVolume, volume, (copy) => {
      copy.status = { ...copy.status, phase, lastPhaseTransitionTime: timestamp(clock) };
    });
  }

  async function reclaim(volume: PersistentVolume): Promise<void> {
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed') {
      await setPhase(volume, 'Released');
      return;
    }
    if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete' || isDeleting(volume)) return;
    const by = volume.metadata.annotations?.[provisionedByAnnotation];
    // Volumes of other provisioners are deleted by those.
    if (by !== undefined && by !== provisioner) return;
    if (by === undefined && volume.spec.hostPath === undefined) {
      recorder.event(volume, 'Warning', 'VolumeFailedDelete', 'no deletable volume plugin matched');
      await setPhase(volume, 'Failed');
      return;
    }
    await client
      .delete(kinds.PersistentVolume, nameOf(volume), undefined, { preconditions: { uid: uidOf(volume) } })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }

  /** The claim went to another volume: what this controller reserved is free again, what a person reserved stays theirs. */
  async function unbind(volume: PersistentVolume): Promise<void> {
    const byController = volume.metadata.annotations?.[boundByControllerAnnotation] !== undefined;
    const freed = await modifyObject(deps, kinds.PersistentVolume, volume, (copy) => {
      const { claimRef, ...spec } = copy.spec ?? {};
      const { uid: _, ...reference } = claimRef ?? {};
      copy.spec = byController ? spec : { ...spec, claimRef: reference };
      const { [boundByControllerAnnotation]: __, ...annotations } = copy.metadata.annotations ?? {};
      copy.metadata.annotations = annotations;
    });
    if (freed !== undefined) await setPhase(freed, 'Available');
  }

  return {
    setPhase,
    async sync(volume) {
      const reference = volume.spec?.claimRef;
      if (reference === undefined || (reference.uid ?? '') === '') return setPhase(volume, 'Available');
      let claim = claims.get(keyFor(reference.name ?? '', reference.namespace));
      if (claim === undefined) {
        // Deleting a volume is final, so the cache's word is not enough.
        claim = await client.get(kinds.PersistentVolumeClaim, reference.name ?? '', reference.namespace).catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        });
      }
      if (claim === undefined || uidOf(claim) !== reference.uid) return reclaim(volume);
      if ((claim.spec?.volumeName ?? '') === '') return undefined;
      return claim.spec?.volumeName === nameOf(volume) ? setPhase(volume, 'Bound') : unbind(volume);
    },
  };
}
