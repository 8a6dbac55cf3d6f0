import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../types/core-v1.ts';
import type { CSIDriver, StorageClass } from '../types/storage-v1.ts';

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
}

export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  defaultClaimSpec(claim.spec);
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
}

export function defaultVolumeObject(volume: PersistentVolume): void {
  volume.spec ??= {};
  volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
  volume.spec.volumeMode ??= 'Filesystem';
  if (volume.spec.hostPath !== undefined) volume.spec.hostPath.type ??= '';
  volume.status ??= {};
  volume.status.phase ||= 'Pending';
}

export function defaultStorageClass(storageClass: StorageClass): void {
  storageClass.reclaimPolicy ??= 'Delete';
  storageClass.volumeBindingMode ??= 'Immediate';
}

export function defaultCSIDriver(driver: CSIDriver): void {
  driver.spec ??= {};
  driver.spec.attachRequired ??= true;
  driver.spec.podInfoOnMount ??= false;
  driver.spec.storageCapacity ??= false;
  driver.spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  driver.spec.requiresRepublish ??= false;
  driver.spec.seLinuxMount ??= false;
  if ((driver.spec.volumeLifecycleModes ?? []).length === 0) driver.spec.volumeLifecycleModes = ['Persistent'];
}
