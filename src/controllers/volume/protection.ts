import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/types/core-v1.ts';
import { claimNamesOf } from '../../api/volume-binding.ts';
import { modifyObject } from '../../client/retry.ts';
import type { StartController } from '../context.ts';
import { podInformer } from '../lib/indexes.ts';
import { isDeleting, namespaceOf } from '../lib/objects.ts';

const claimFinalizer = 'kubernetes.io/pvc-protection';
const volumeFinalizer = 'kubernetes.io/pv-protection';

/** Lets a deleted claim go once no scheduled pod uses it any more. */
export const pvcProtectionController: StartController = ({ client, clock, informers }) => {
  const claims = informers.informer(kinds.PersistentVolumeClaim);
  const pods = podInformer(informers);
  return {
    name: 'persistentvolumeclaim-protection-controller',
    watch(enqueue) {
      const consider = (claim: PersistentVolumeClaim): void => {
        if (isDeleting(claim) && claim.metadata.finalizers?.includes(claimFinalizer) === true) enqueue(keyOf(claim));
      };
      claims.on({ add: consider, update: consider });
      const podGone = (pod: Pod): void => {
        for (const name of claimNamesOf(pod)) {
          const claim = claims.get(`${namespaceOf(pod)}/${name}`);
          if (claim !== undefined) consider(claim);
        }
      };
      pods.on({ update: podGone, delete: podGone });
    },
    async reconcile(key) {
      const claim = claims.get(key);
      if (claim === undefined || !isDeleting(claim) || claim.metadata.finalizers?.includes(claimFinalizer) !== true) return;
      const uses = (pod: Pod): boolean => (pod.spec?.nodeName ?? '') !== '' && claimNamesOf(pod).includes(claim.metadata.name ?? '');
      if (pods.list(namespaceOf(claim)).some(uses)) return;
      // A pod may have been bound since the cache was filled.
      const live = await client.list(kinds.Pod, { namespace: namespaceOf(claim) });
      if (live.items.some(uses)) return;
      await modifyObject({ client, clock }, kinds.PersistentVolumeClaim, claim, (copy) => {
        copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((name) => name !== claimFinalizer);
      });
    },
  };
};

/** Lets a deleted volume go once it is not bound any more. */
export const pvProtectionController: StartController = ({ client, clock, informers }) => {
  const volumes = informers.informer(kinds.PersistentVolume);
  const isDue = (volume: PersistentVolume): boolean =>
    isDeleting(volume) && volume.status?.phase !== 'Bound' && volume.metadata.finalizers?.includes(volumeFinalizer) === true;
  return {
    name: 'persistentvolume-protection-controller',
    watch(enqueue) {
      const consider = (volume: PersistentVolume): void => {
        if (isDue(volume)) enqueue(keyOf(volume));
      };
      volumes.on({ add: consider, update: consider });
    },
    async reconcile(key) {
      const volume = volumes.get(key);
      if (volume === undefined || !isDue(volume)) return;
      await modifyObject({ client, clock }, kinds.PersistentVolume, volume, (copy) => {
        copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((name) => name !== volumeFinalizer);
      });
    },
  };
};
