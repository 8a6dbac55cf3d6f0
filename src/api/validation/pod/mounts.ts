import type { Container, Volume } from '../../types/core-v1.ts';
import { entries, optionalOneOf } from '../common.ts';
import { type Errors, forbidden, invalid, notFound, required } from '../field-error.ts';
import { relativePath } from './paths.ts';

/** volumeMounts and volumeDevices of one container against the pod's valid volumes. */
export function* mounts(field: string, container: Container, volumes: ReadonlyMap<string, Volume>): Errors {
  yield* volumeMounts(`${field}.volumeMounts`, container, volumes);
  yield* volumeDevices(`${field}.volumeDevices`, container, volumes);
}

function* volumeMounts(field: string, container: Container, volumes: ReadonlyMap<string, Volume>): Errors {
  const paths = new Set<string>();
  for (const [i, mount] of entries(container.volumeMounts)) {
    const at = `${field}[${i}]`;
    if (!mount.name) yield required(`${at}.name`);
    const volume = volumes.get(mount.name);
    if (volume === undefined) yield notFound(`${at}.name`, mount.name ?? '');
    if (!mount.mountPath) yield required(`${at}.mountPath`);
    if (paths.has(mount.mountPath)) yield invalid(`${at}.mountPath`, mount.mountPath, 'must be unique');
    paths.add(mount.mountPath);
    const devices = container.volumeDevices ?? [];
    if (devices.some(({ name }) => name === mount.name)) {
      yield invalid(`${at}.name`, mount.name, 'must not already exist in volumeDevices');
    }
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) {
      yield invalid(`${at}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices');
    }
    // Upstream reports these below the list, without the index.
    if (mount.subPath) yield* relativePath(`${field}.subPath`, mount.subPath);
    if (mount.subPathExpr) {
      if (mount.subPath) yield invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      yield* relativePath(`${field}.subPathExpr`, mount.subPathExpr);
    }
    yield* optionalOneOf(`${field}.mountPropagation`, mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
    if (mount.mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
      yield forbidden(`${field}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers');
    }
    if (mount.recursiveReadOnly !== undefined && mount.recursiveReadOnly !== 'Disabled') {
      yield* optionalOneOf(`${field}.recursiveReadOnly`, mount.recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']);
      if (mount.readOnly !== true) {
        yield forbidden(`${field}.recursiveReadOnly`, 'may only be specified when readOnly is true');
      }
    }
  }
}

function* volumeDevices(field: string, container: Container, volumes: ReadonlyMap<string, Volume>): Errors {
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, { name, devicePath }] of entries(container.volumeDevices)) {
    const at = `${field}[${i}]`;
    const volume = volumes.get(name);
    if (!name) yield required(`${at}.name`);
    if (names.has(name)) yield invalid(`${at}.name`, name, 'must be unique');
    if (volume === undefined) yield notFound(`${at}.name`, name ?? '');
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      yield invalid(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    }
    if (!devicePath) yield required(`${at}.devicePath`);
    if (paths.has(devicePath)) yield invalid(`${at}.devicePath`, devicePath, 'must be unique');
    if (devicePath?.split('/').includes('..')) yield invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')");
    if ((container.volumeMounts ?? []).some((mount) => mount.name === name)) {
      yield invalid(`${at}.name`, name, 'must not already exist in volumeMounts');
    }
    if ((container.volumeMounts ?? []).some((mount) => mount.mountPath === devicePath)) {
      yield invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts');
    }
    names.add(name);
    paths.add(devicePath);
  }
}
