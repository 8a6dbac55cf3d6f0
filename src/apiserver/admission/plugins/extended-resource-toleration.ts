import { type AdmissionPlugin, createdPod } from '../plugin.ts';

/** A resource that a vendor named: in a domain of its own, not Kubernetes'. */
const isExtended = (resource: string): boolean =>
  resource.includes('/') && !resource.includes('kubernetes.io/') && !resource.startsWith('requests.');

/** Pods that ask for an extended resource tolerate the taint of that name, so that nodes can be kept for them. Not on by default, as upstream. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  mutate(attributes) {
    const pod = createdPod(attributes);
    if (pod?.spec === undefined) return;
    const { spec } = pod;
    const wanted = new Set<string>();
    for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
      for (const name of Object.keys(resources?.requests ?? {})) if (isExtended(name)) wanted.add(name);
    }
    for (const key of [...wanted].sort()) {
      if (spec.tolerations?.some((toleration) => toleration.key === key && toleration.operator === 'Exists' && !toleration.effect))
        continue;
      spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists' }];
    }
  },
};
