import { keyFor, keyOf } from '../../api/object.ts';
import { compareQuantity } from '../../api/quantity.ts';
import { kinds } from '../../api/scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types/core-v1.ts';
import {
  bindCompletedAnnotation,
  boundByControllerAnnotation,
  claimClassName,
  claimReference,
  claimRefersTo,
  selectedNodeAnnotation,
  volumeSuits,
} from '../../api/volume-binding.ts';
import type { ControllerSpec } from '../../client/controller.ts';
import { modifyObject, modifyStatus } from '../../client/retry.ts';
import type { ControllerContext } from '../context.ts';
import { isDeleting, nameOf, uidOf } from '../lib/objects.ts';
import { foreignProvisioning, isOurs, provisionedVolume, provisionerAnnotation } from './local-path.ts';
import { createVolumeSync } from './volumes.ts';

/**
 * Binds claims to volumes and makes volumes for claims of the local-path provisioner (kube-controller-manager's
 * `persistentvolume-binder-controller`). Keys are `claim/<namespace>/<name>` and `volume/<name>`.
 */
export function volumeBinder(context: ControllerContext): ControllerSpec {
  const { client, clock, config, informers } = context;
  const claims = informers.informer(kinds.PersistentVolumeClaim);
  const volumes = informers.informer(kinds.PersistentVolume);
  const classes = informers.informer(kinds.StorageClass);
  const nodes = informers.informer(kinds.Node);
  const recorder = context.recorder('persistentvolume-controller');
  const deps = { client, clock };
  const syncVolume = createVolumeSync(context, claims);

  const setPhase = async (claim: PersistentVolumeClaim, phase: string, volume?: PersistentVolume): Promise<void> => {
    const next = {
      phase,
      ...(volume?.spec?.accessModes === undefined ? {} : { accessModes: volume.spec.accessModes }),
      ...(volume?.spec?.capacity === undefined ? {} : { capacity: volume.spec.capacity }),
    };
    const same =
      claim.status?.phase === phase && (volume === undefined || claim.status.capacity?.['storage'] === volume.spec?.capacity?.['storage']);
    if (same) return;
    await modifyStatus(deps, kinds.PersistentVolumeClaim, claim, (copy) => {
      copy.status = { ...copy.status, ...next };
    });
  };

  /** Writes both sides of the bond: volume, volume's phase, claim, claim's phase; whatever is written already is left. */
  async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const reference = volume.spec?.claimRef;
    let bound: PersistentVolume | undefined = volume;
    if (reference?.uid !== uidOf(claim)) {
      bound = await modifyObject(deps, kinds.PersistentVolume, volume, (copy) => {
        if (copy.spec?.claimRef !== undefined && !claimRefersTo(copy.spec.claimRef, claim)) return false;
        if (reference === undefined) copy.metadata.annotations = { ...copy.metadata.annotations, [boundByControllerAnnotation]: 'yes' };
        copy.spec = { ...copy.spec, claimRef: claimReference(claim) };
        return true;
      });
      if (bound?.spec?.claimRef?.uid !== uidOf(claim)) return;
    }
    await syncVolume.setPhase(bound, 'Bound');
    const named = claim.spec?.volumeName === nameOf(volume);
    let written: PersistentVolumeClaim | undefined = claim;
    if (!named || claim.metadata.annotations?.[bindCompletedAnnotation] !== 'yes') {
      written = await modifyObject(deps, kinds.PersistentVolumeClaim, claim, (copy) => {
        const marks = { [bindCompletedAnnotation]: 'yes', ...(named ? {} : { [boundByControllerAnnotation]: 'yes' }) };
        copy.metadata.annotations = { ...copy.metadata.annotations, ...marks };
        copy.spec = { ...copy.spec, volumeName: nameOf(volume) };
      });
    }
    if (written !== undefined) await setPhase(written, 'Bound', bound);
  }

  const isDelayed = (claim: PersistentVolumeClaim): boolean =>
    classes.get(claimClassName(claim))?.volumeBindingMode === 'WaitForFirstConsumer' &&
    claim.metadata.annotations?.[selectedNodeAnnotation] === undefined;

  /** A volume reserved for the claim, else the smallest that suits it (and is nobody's). */
  function findVolume(claim: PersistentVolumeClaim): PersistentVolume | undefined {
    const candidates = volumes.list().filter((volume) => !isDeleting(volume));
    const reserved = candidates.find(({ spec }) => spec?.claimRef !== undefined && claimRefersTo(spec.claimRef, claim));
    if (reserved !== undefined) return volumeSuits(claim, reserved) || reserved.spec?.claimRef?.uid === uidOf(claim) ? reserved : undefined;
    const onlyScheduler = classes.get(claimClassName(claim))?.volumeBindingMode === 'WaitForFirstConsumer';
    if (onlyScheduler) return undefined;
    const free = candidates.filter(
      (volume) => volume.spec?.claimRef === undefined && volume.status?.phase === 'Available' && volumeSuits(claim, volume),
    );
    return free.sort((a, b) => compareQuantity(a.spec?.capacity?.['storage'], b.spec?.capacity?.['storage']))[0];
  }

  async function provision(claim: PersistentVolumeClaim): Promise<void> {
    const storageClass = classes.get(claimClassName(claim));
    if (storageClass === undefined || storageClass.provisioner === 'kubernetes.io/no-provisioner') {
      const message = 'no persistent volumes available for this claim and no storage class is set';
      recorder.event(claim, 'Normal', 'FailedBinding', message);
      return;
    }
    if (claim.metadata.annotations?.[provisionerAnnotation] !== storageClass.provisioner) {
      await modifyObject(deps, kinds.PersistentVolumeClaim, claim, (copy) => {
        copy.metadata.annotations = { ...copy.metadata.annotations, [provisionerAnnotation]: storageClass.provisioner };
      });
      return;
    }
    if (!isOurs(storageClass)) {
      recorder.event(claim, 'Normal', 'ExternalProvisioning', foreignProvisioning(storageClass.provisioner));
      return;
    }
    const node = claim.metadata.annotations?.[selectedNodeAnnotation] ?? nodes.list().map(nameOf).sort()[0];
    const host = nodes.get(node ?? '');
    if (host === undefined) throw new Error(`no node to provision ${keyOf(claim)} on`);
    const wanted = provisionedVolume(claim, storageClass, host, config.localPathRoot);
    if (volumes.get(nameOf(wanted)) !== undefined) return;
    const volume = await client.create(kinds.PersistentVolume, wanted);
    recorder.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${nameOf(volume)}`);
    await bind(claim, volume);
  }

  async function syncUnbound(claim: PersistentVolumeClaim): Promise<void> {
    const chosen = claim.spec?.volumeName ?? '';
    if (chosen !== '') {
      const volume = volumes.get(chosen);
      const reference = volume?.spec?.claimRef;
      if (volume !== undefined && (reference === undefined || claimRefersTo(reference, claim))) {
        if (reference !== undefined || volumeSuits(claim, volume)) return bind(claim, volume);
        recorder.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${chosen}": it does not satisfy the claim`);
      }
      return setPhase(claim, 'Pending');
    }
    const volume = findVolume(claim);
    if (volume !== undefined) return bind(claim, volume);
    await setPhase(claim, 'Pending');
    if (isDelayed(claim)) {
      recorder.event(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
      return;
    }
    return provision(claim);
  }

  async function syncBound(claim: PersistentVolumeClaim): Promise<void> {
    const lost = async (reason: string, message: string): Promise<void> => {
      if (claim.status?.phase === 'Lost') return;
      await setPhase(claim, 'Lost');
      recorder.event(claim, 'Warning', reason, message);
    };
    const name = claim.spec?.volumeName ?? '';
    if (name === '') return lost('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
    const volume = volumes.get(name);
    if (volume === undefined) return lost('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    const reference = volume.spec?.claimRef;
    if (reference === undefined || claimRefersTo(reference, claim)) return bind(claim, volume);
    return lost('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
  }

  return {
    name: 'persistentvolume-binder-controller',
    // One pair of hands: two claims must not reach for the same volume.
    workers: 1,
    watch(enqueue) {
      const pending = (className: string): void => {
        for (const claim of claims.list())
          if (claim.status?.phase !== 'Bound' && claimClassName(claim) === className) enqueue(`claim/${keyOf(claim)}`);
      };
      const claimChanged = (claim: PersistentVolumeClaim): void => {
        enqueue(`claim/${keyOf(claim)}`);
        if ((claim.spec?.volumeName ?? '') !== '') enqueue(`volume/${claim.spec?.volumeName}`);
      };
      claims.on({
        add: claimChanged,
        update: claimChanged,
        delete(claim) {
          if ((claim.spec?.volumeName ?? '') !== '') enqueue(`volume/${claim.spec?.volumeName}`);
        },
      });
      const volumeChanged = (volume: PersistentVolume): void => {
        enqueue(`volume/${nameOf(volume)}`);
        const { claimRef, storageClassName = '' } = volume.spec ?? {};
        if (claimRef !== undefined) enqueue(`claim/${keyFor(claimRef.name ?? '', claimRef.namespace)}`);
        else if (volume.status?.phase === 'Available') pending(storageClassName);
      };
      volumes.on({ add: volumeChanged, update: volumeChanged, delete: volumeChanged });
      classes.on({ add: (one) => pending(nameOf(one)), update: (one) => pending(nameOf(one)) });
    },
    async reconcile(key) {
      const name = key.slice(key.indexOf('/') + 1);
      if (key.startsWith('volume/')) {
        const volume = volumes.get(name);
        if (volume !== undefined) await syncVolume.sync(volume);
        return;
      }
      const claim = claims.get(name);
      if (claim === undefined) return;
      const bound = claim.metadata.annotations?.[bindCompletedAnnotation] === 'yes';
      if (bound) await syncBound(claim);
      else if (!isDeleting(claim)) await syncUnbound(claim);
    },
  };
}
