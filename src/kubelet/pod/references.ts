import type { Pod } from '../../api/types/core-v1.ts';
import { allContainers } from './pod.ts';

/** The names of the ConfigMaps and Secrets (in its own namespace) that a pod's spec refers to. */
export function referencesOf(pod: Pod): { configMaps: string[]; secrets: string[] } {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const put = (set: Set<string>, name: string | undefined): void => {
    if (name !== undefined && name !== '') set.add(name);
  };
  for (const container of allContainers(pod)) {
    for (const source of container.envFrom ?? []) {
      put(configMaps, source.configMapRef?.name);
      put(secrets, source.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      put(configMaps, valueFrom?.configMapKeyRef?.name);
      put(secrets, valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of pod.spec?.volumes ?? []) {
    put(configMaps, volume.configMap?.name);
    put(secrets, volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      put(configMaps, source.configMap?.name);
      put(secrets, source.secret?.name);
    }
  }
  for (const { name } of pod.spec?.imagePullSecrets ?? []) put(secrets, name);
  return { configMaps: [...configMaps], secrets: [...secrets] };
}
