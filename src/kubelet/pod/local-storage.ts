import { podLimits } from '../../api/pod-requests.ts';
import { compareQuantity, formatQuantity, parseQuantity } from '../../api/quantity.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { initContainers, isSidecar, mainContainers } from './pod.ts';

/** Bytes of local disk by name. */
export interface LocalStorage {
  volumes: ReadonlyMap<string, number>;
  /** What containers wrote to their own files and logs. */
  containers: ReadonlyMap<string, number>;
}

const storage = 'ephemeral-storage';
const running = (pod: Pod) => [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)];
const emptyDirs = (pod: Pod) => (pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir !== undefined);

/** Whether a pod has limits of local storage, so that what it uses is worth measuring. */
export const hasStorageLimits = (pod: Pod): boolean =>
  emptyDirs(pod).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ||
  running(pod).some(({ resources }) => resources?.limits?.[storage] !== undefined);

/** Why a pod is to be evicted for the disk that it uses (eviction's localStorageEviction): a volume, all of it, or a container. */
export function storageExcess(pod: Pod, { volumes, containers }: LocalStorage): string | undefined {
  const exceeds = (used: number | undefined, limit: string | undefined): boolean =>
    used !== undefined && limit !== undefined && compareQuantity(limit, '0') > 0 && compareQuantity(String(used), limit) > 0;
  for (const { name, emptyDir } of emptyDirs(pod)) {
    const limit = emptyDir?.sizeLimit;
    if (exceeds(volumes.get(name), limit)) {
      return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(limit)}. `;
    }
  }
  const total = podLimits(pod)[storage];
  const onDisk = emptyDirs(pod).filter(({ emptyDir }) => emptyDir?.medium !== 'Memory');
  const used = [...containers.values(), ...onDisk.map(({ name }) => volumes.get(name) ?? 0)].reduce((sum, bytes) => sum + bytes, 0);
  const limitText = total === undefined ? undefined : formatQuantity(parseQuantity(total));
  if (exceeds(used, limitText)) return `Pod ephemeral local storage usage exceeds the total limit of containers ${limitText}. `;
  for (const { name, resources } of running(pod)) {
    const limit = resources?.limits?.[storage];
    if (exceeds(containers.get(name), limit))
      return `Container ${name} exceeded its local ephemeral storage limit ${JSON.stringify(limit)}. `;
  }
  return undefined;
}
