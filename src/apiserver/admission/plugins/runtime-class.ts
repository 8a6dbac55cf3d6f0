import { semanticEqual } from '../../../api/deep-equal.ts';
import { kinds } from '../../../api/scheme.ts';
import type { PodSpec, Toleration } from '../../../api/types/core-v1.ts';
import type { RuntimeClass } from '../../../api/types/node-v1.ts';
import { type AdmissionAttributes, type AdmissionContext, type AdmissionPlugin, admissionForbidden, createdPod } from '../plugin.ts';

/** Gives a pod the overhead, node selector and tolerations of its runtime class. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  async mutate(attributes, context) {
    const spec = createdPod(attributes)?.spec;
    if (spec?.runtimeClassName === undefined) return;
    const found = await lookUp(attributes, context, spec.runtimeClassName);
    setOverhead(attributes, spec, found);
    setScheduling(attributes, spec, found);
  },
  async validate(attributes, context) {
    const spec = createdPod(attributes)?.spec;
    if (spec === undefined) return;
    const found = spec.runtimeClassName === undefined ? undefined : await lookUp(attributes, context, spec.runtimeClassName);
    if (spec.overhead !== undefined && Object.keys(spec.overhead).length > 0 && found?.overhead === undefined) {
      throw admissionForbidden(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    }
  },
};

async function lookUp(attributes: AdmissionAttributes, context: AdmissionContext, name: string): Promise<RuntimeClass> {
  const found = await context.get(kinds.RuntimeClass, name);
  if (found === undefined) throw admissionForbidden(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found;
}

function setOverhead(attributes: AdmissionAttributes, spec: PodSpec, { overhead }: RuntimeClass): void {
  if (overhead === undefined) return;
  if (spec.overhead !== undefined && !semanticEqual(spec.overhead, overhead.podFixed)) {
    throw admissionForbidden(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  spec.overhead = { ...overhead.podFixed };
}

function setScheduling(attributes: AdmissionAttributes, spec: PodSpec, { scheduling }: RuntimeClass): void {
  if (scheduling === undefined) return;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      const text = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
      throw admissionForbidden(attributes, text);
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const present = (toleration: Toleration) => spec.tolerations?.some((own) => semanticEqual(own, toleration)) === true;
  const missing = (scheduling.tolerations ?? []).filter((toleration) => !present(toleration));
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...structuredClone(missing)];
}
