import { chmod, lstat, mkdir, rmdir } from 'node:fs/promises';
import { podLimits } from '../../api/pod-requests.ts';
import { quantityToNumber } from '../../api/quantity.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type {
  HostPathVolumeSource,
  NFSVolumeSource,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Volume,
} from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { messageOf } from '../../util/errors.ts';
import type { KubeletContext } from '../context.ts';
import { checkHostPath } from './host-path.ts';
import { mount } from './mount-command.ts';
import { VolumeError } from './volume-error.ts';

/** A volume in place. */
export interface MountedVolume {
  path: string;
  readOnly: boolean;
  /** Whether fsGroup applies to it. */
  ownable: boolean;
}

/** The kubelet's plugin names, as they appear in volume paths. */
export function pluginOf(volume: Volume): string {
  if (volume.emptyDir !== undefined) return 'kubernetes.io~empty-dir';
  if (volume.configMap !== undefined) return 'kubernetes.io~configmap';
  if (volume.secret !== undefined) return 'kubernetes.io~secret';
  if (volume.projected !== undefined) return 'kubernetes.io~projected';
  if (volume.downwardAPI !== undefined) return 'kubernetes.io~downward-api';
  if (volume.nfs !== undefined) return 'kubernetes.io~nfs';
  return 'kubernetes.io~local-volume';
}

/** Sets up a volume that has no payload at `directory` (or finds where it is). Throws VolumeError. */
export async function setUpSource(
  volume: Volume,
  pod: Pod,
  directory: string | undefined,
  { client, allocatable }: Pick<KubeletContext, 'client' | 'allocatable'>,
): Promise<MountedVolume> {
  if (volume.emptyDir !== undefined) return emptyDir(volume.emptyDir, directory, memoryOf(pod, allocatable));
  if (volume.hostPath !== undefined) return hostPath(volume.hostPath, directory !== undefined);
  if (volume.nfs !== undefined) return nfs(volume.nfs, directory);
  if (volume.persistentVolumeClaim !== undefined) {
    const { claimName, readOnly = false } = volume.persistentVolumeClaim;
    return claimed(claimName, readOnly);
  }
  if (volume.ephemeral !== undefined) return claimed(`${pod.metadata.name}-${volume.name}`, false);
  if (volume.csi !== undefined) throw unregistered(volume.csi.driver);
  throw new VolumeError(`failed to get Plugin from volumeSpec for volume ${JSON.stringify(volume.name)} err=no volume plugin matched`);

  async function claimed(name: string, readOnly: boolean): Promise<MountedVolume> {
    const found = await boundVolume(client, pod.metadata.namespace ?? '', name);
    const { spec } = found;
    if (spec?.hostPath !== undefined) {
      const mounted = await hostPath(spec.hostPath, directory !== undefined);
      return { ...mounted, readOnly };
    }
    if (spec?.local !== undefined) {
      if (directory !== undefined) {
        await lstat(spec.local.path).catch((thrown: unknown) => {
          throw new VolumeError(`path ${JSON.stringify(spec.local?.path)} does not exist`, thrown);
        });
      }
      return { path: spec.local.path, readOnly, ownable: spec.volumeMode !== 'Block' };
    }
    if (spec?.nfs !== undefined)
      return { ...(await nfs(spec.nfs, directory, spec.mountOptions)), readOnly: readOnly || spec.nfs.readOnly === true };
    if (spec?.csi !== undefined) throw unregistered(spec.csi.driver);
    throw new VolumeError(
      `failed to get Plugin from volumeSpec for volume ${JSON.stringify(found.metadata.name)} err=no volume plugin matched`,
    );
  }
}

const unregistered = (driver: string): VolumeError =>
  new VolumeError(
    `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${driver} not found in the list of registered CSI drivers`,
  );

/** What a volume in memory may take of it: as much as the pod, which has the whole node where it has no limit. */
const memoryOf = (pod: Pod, allocatable: Readonly<Record<string, string>>): number =>
  Math.min(...[allocatable['memory'], podLimits(pod)['memory']].flatMap((most) => (most === undefined ? [] : [quantityToNumber(most)])));

async function emptyDir(
  { medium = '', sizeLimit }: NonNullable<Volume['emptyDir']>,
  directory: string | undefined,
  memory: number,
): Promise<MountedVolume> {
  if (directory !== undefined) {
    const existed = await lstat(directory).catch(() => undefined);
    await mkdir(directory, { recursive: true });
    if (medium === 'Memory' && existed === undefined) {
      const size = sizeLimit === undefined ? memory : Math.min(memory, quantityToNumber(sizeLimit) || memory);
      await mount('tmpfs', 'tmpfs', directory, Number.isFinite(size) ? [`size=${size}`] : []);
    } else if (existed === undefined) await chmod(directory, 0o777);
  }
  return { path: directory ?? '', readOnly: false, ownable: true };
}

async function hostPath({ path, type = '' }: HostPathVolumeSource, real: boolean): Promise<MountedVolume> {
  if (real) {
    await checkHostPath(path, type);
    // The engine would refuse to mount what is not there; upstream's runtimes make a directory.
    if (type === '' && (await lstat(path).catch(() => undefined)) === undefined) await mkdir(path, { recursive: true });
  }
  return { path, readOnly: false, ownable: false };
}

async function nfs(
  { server, path, readOnly = false }: NFSVolumeSource,
  directory: string | undefined,
  options: string[] = [],
): Promise<MountedVolume> {
  if (directory !== undefined && (await lstat(directory).catch(() => undefined)) === undefined) {
    await mkdir(directory, { recursive: true });
    await mount('nfs', `${server}:${path}`, directory, [...(readOnly ? ['ro'] : []), ...options]).catch(async (thrown: unknown) => {
      await rmdir(directory).catch(() => undefined);
      throw thrown;
    });
  }
  return { path: directory ?? '', readOnly, ownable: false };
}

/** The volume that a claim is bound to, in both directions. */
async function boundVolume(client: Client, namespace: string, name: string): Promise<PersistentVolume> {
  const about = `error processing PVC ${namespace}/${name}:`;
  let claim: PersistentVolumeClaim;
  try {
    claim = await client.get(kinds.PersistentVolumeClaim, name, namespace);
  } catch (thrown) {
    throw new VolumeError(`${about} failed to fetch PVC from API server: ${messageOf(thrown)}`, thrown);
  }
  if (claim.metadata.deletionTimestamp !== undefined) throw new VolumeError(`${about} PVC is being deleted`);
  const volumeName = claim.spec?.volumeName ?? '';
  if (claim.status?.phase !== 'Bound' || volumeName === '') throw new VolumeError(`${about} PVC is not bound`);
  try {
    const volume = await client.get(kinds.PersistentVolume, volumeName);
    if (volume.spec?.claimRef?.uid !== claim.metadata.uid)
      throw new VolumeError(`${about} PVC UID is not the expected one of PV ${volumeName}`);
    return volume;
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new VolumeError(`${about} failed to fetch PV ${JSON.stringify(volumeName)} from API server: ${thrown.message}`, thrown);
  }
}
