import { podQOSClass } from '../qos.ts';
import type { Pod, PodAffinityTerm, PodSpec } from '../types/core-v1.ts';
import type { LabelSelector } from '../types/meta-v1.ts';
import { type Strategy, typed } from './parts.ts';

/** Upstream's pod, ephemeralcontainers and resize strategies. */
export const pod: Pick<Strategy, 'create' | 'update' | 'subresource'> = typed<Pod>({
  create(object) {
    object.spec ??= { containers: [] };
    object.status = { phase: 'Pending', qosClass: podQOSClass(object) };
    if ((object.spec.schedulingGates ?? []).length > 0) {
      object.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ];
    }
    mergeMatchLabelKeys(object.spec, object.metadata.labels ?? {});
  },
  subresource: {
    status(object, old) {
      // Old kubelets write back stale owner references and drop qosClass.
      if (old.metadata.ownerReferences === undefined) delete object.metadata.ownerReferences;
      else object.metadata.ownerReferences = old.metadata.ownerReferences;
      if (old.metadata.deletionTimestamp === undefined) delete object.metadata.deletionTimestamp;
      else object.metadata.deletionTimestamp = old.metadata.deletionTimestamp;
      object.status ??= {};
      if (!object.status.qosClass && old.status?.qosClass !== undefined) object.status.qosClass = old.status.qosClass;
    },
    ephemeralcontainers(object, old) {
      const ephemeralContainers = object.spec?.ephemeralContainers;
      onlySpecChange(object, old, (spec) => {
        if (ephemeralContainers === undefined) delete spec.ephemeralContainers;
        else spec.ephemeralContainers = ephemeralContainers;
      });
    },
    resize(object, old) {
      const wanted = object.spec;
      onlySpecChange(object, old, (spec) => {
        for (const list of ['containers', 'initContainers'] as const) {
          for (const container of spec[list] ?? []) {
            const resized = wanted?.[list]?.find(({ name }) => name === container.name);
            if (resized?.resources !== undefined) container.resources = resized.resources;
            if (resized?.resizePolicy !== undefined) container.resizePolicy = resized.resizePolicy;
          }
        }
        if (wanted?.resources !== undefined) spec.resources = wanted.resources;
      });
    },
  },
});

/** Takes everything from the stored pod except one change of its spec, which moves the generation when it is one. */
function onlySpecChange(object: Pod, old: Pod, change: (spec: PodSpec) => void): void {
  const { resourceVersion, managedFields } = object.metadata;
  const spec = structuredClone(old.spec ?? { containers: [] });
  change(spec);
  object.metadata = { ...old.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  if (managedFields !== undefined) object.metadata.managedFields = managedFields;
  if (JSON.stringify(spec) !== JSON.stringify(old.spec)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  object.spec = spec;
  object.status = old.status ?? {};
}

/** `matchLabelKeys` and `mismatchLabelKeys` become requirements on the pod's own label values. */
function mergeMatchLabelKeys(spec: PodSpec, labels: Record<string, string>): void {
  const affinities = [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity];
  for (const affinity of affinities) {
    const terms = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
    ];
    for (const term of terms) mergeTerm(term, labels);
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (constraint.labelSelector !== undefined) requireOwn(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
  }
}

function mergeTerm(term: PodAffinityTerm, labels: Record<string, string>): void {
  if (term.labelSelector === undefined) return;
  requireOwn(term.labelSelector, term.matchLabelKeys, 'In', labels);
  requireOwn(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
}

function requireOwn(selector: LabelSelector, keys: string[] | undefined, operator: string, labels: Record<string, string>): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}
