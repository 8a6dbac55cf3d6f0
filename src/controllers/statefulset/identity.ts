import { kinds } from '../../api/scheme.ts';
import type { StatefulSet } from '../../api/types/apps-v1.ts';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, Volume } from '../../api/types/core-v1.ts';
import { nameOf, namespaceOf, type WithSpec } from '../lib/objects.ts';
import { podFromTemplate } from '../lib/pod-control.ts';

export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
export const podIndexLabel = 'apps.kubernetes.io/pod-index';
export const revisionLabel = 'controller-revision-hash';

export const podName = (set: StatefulSet, ordinal: number): string => `${nameOf(set)}-${ordinal}`;

/** The ordinal in a pod's name, or -1 where it is not named after the set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const match = /^(.*)-(\d+)$/.exec(nameOf(pod));
  return match !== null && match[1] === nameOf(set) ? Number(match[2]) : -1;
}
export const revisionNameOf = (pod: Pod): string => pod.metadata.labels?.[revisionLabel] ?? '';

/** The claims that one pod has from the set's templates, by volume name. */
export function claimsFor(set: WithSpec<StatefulSet>, pod: Pod): Map<string, PersistentVolumeClaim> {
  const labels = set.spec.selector.matchLabels ?? {};
  return new Map(
    (set.spec.volumeClaimTemplates ?? []).map((template) => {
      const claim: PersistentVolumeClaim = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          ...template.metadata,
          name: `${nameOf(template)}-${nameOf(pod)}`,
          namespace: namespaceOf(set),
          labels: { ...template.metadata.labels, ...labels },
        },
        ...(template.spec === undefined ? {} : { spec: structuredClone(template.spec) }),
      };
      return [nameOf(template), claim];
    }),
  );
}

/** The pod of one ordinal at one revision. */
export function podFor(set: WithSpec<StatefulSet>, template: PodTemplateSpec, revision: string, ordinal: number): Pod {
  const pod = podFromTemplate(template, set, kinds.StatefulSet);
  delete pod.metadata.generateName;
  pod.metadata.name = podName(set, ordinal);
  if (pod.spec !== undefined) {
    pod.spec.hostname = podName(set, ordinal);
    if (set.spec.serviceName !== undefined) pod.spec.subdomain = set.spec.serviceName;
  }
  setIdentity(set, pod);
  setStorage(set, pod);
  pod.metadata.labels = { ...pod.metadata.labels, [revisionLabel]: revision };
  return pod;
}

/** Puts right what identifies the pod; answers whether something was wrong. */
export function setIdentity(set: StatefulSet, pod: Pod): boolean {
  const labels = { [podNameLabel]: nameOf(pod), [podIndexLabel]: String(ordinalOf(set, pod)) };
  const wrong = Object.entries(labels).some(([key, value]) => pod.metadata.labels?.[key] !== value);
  pod.metadata.labels = { ...pod.metadata.labels, ...labels };
  return wrong;
}

function setStorage(set: WithSpec<StatefulSet>, pod: Pod): void {
  if (pod.spec === undefined) return;
  const claims = claimsFor(set, pod);
  const volumes: Volume[] = [...claims].map(([name, claim]) => ({
    name,
    persistentVolumeClaim: { claimName: nameOf(claim), readOnly: false },
  }));
  const others = (pod.spec.volumes ?? []).filter(({ name }) => !claims.has(name));
  if (volumes.length + others.length > 0) pod.spec.volumes = [...volumes, ...others];
}
