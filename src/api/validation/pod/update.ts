import { semanticEqual } from '../../deep-equal.ts';
import { podQOSClass } from '../../qos.ts';
import type { Container, NodeAffinity, Pod, PodSpec, Toleration } from '../../types/core-v1.ts';
import { entries } from '../common.ts';
import { type Errors, forbidden, invalid, required } from '../field-error.ts';
import { inRange } from '../formats.ts';
import { objectMetaUpdate } from '../meta.ts';
import { specDifference } from './difference.ts';
import { metadataAndSpec } from './pod.ts';
import { restoreNodeAffinity } from './scheduling.ts';
import { maxInt32 } from './spec.ts';

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

const empty: PodSpec = { containers: [] };

/** ValidatePodUpdate: the main resource lets only a handful of the spec's fields change. */
export function* podUpdate(pod: Pod, old: Pod): Errors {
  const spec = pod.spec ?? empty;
  const before = old.spec ?? empty;
  yield* objectMetaUpdate(pod.metadata, old.metadata);
  yield* metadataAndSpec(pod);
  yield* fixedAnnotations(pod, old);
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list] ?? []).length !== (before[list] ?? []).length) {
      yield forbidden(`spec.${list}`, 'pod updates may not add or remove containers');
      return;
    }
    for (const [i, container] of entries(spec[list])) if (!container.image) yield required(`spec.${list}[${i}].image`);
  }
  const deadline = [...activeDeadline(spec.activeDeadlineSeconds, before.activeDeadlineSeconds)];
  yield* deadline;
  if (deadline.length > 0 && spec.activeDeadlineSeconds !== undefined) return;
  yield* onlyAddedTolerations(spec.tolerations ?? [], before.tolerations ?? []);
  const gates = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  for (const [i, { name }] of entries(spec.schedulingGates)) {
    if (!gates.has(name)) {
      yield forbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`);
    }
  }
  if (semanticEqual(spec, before)) return;
  const munged = structuredClone(spec);
  if ((before.schedulingGates ?? []).length > 0) yield* gatedChanges(munged, before);
  withImagesOf(munged.containers, before.containers);
  withImagesOf(munged.initContainers, before.initContainers);
  munged.activeDeadlineSeconds = before.activeDeadlineSeconds as number;
  munged.schedulingGates = before.schedulingGates ?? [];
  munged.tolerations = before.tolerations ?? [];
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && munged.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds as number;
  }
  if (!semanticEqual(munged, before)) {
    yield forbidden('spec', `pod updates may not change fields other than ${updatable}\n${specDifference(before, munged)}`);
  }
}

function withImagesOf(containers: Container[] | undefined, before: Container[] | undefined): void {
  for (const [i, container] of entries(containers)) container.image = before?.[i]?.image ?? '';
}

function* fixedAnnotations(pod: Pod, old: Pod): Errors {
  const key = 'kubernetes.io/config.mirror';
  const value = pod.metadata.annotations?.[key];
  const before = old.metadata.annotations?.[key];
  if (before !== undefined && value !== before) {
    yield forbidden(`metadata.annotations[${key}]`, 'may not remove or update mirror pod annotation');
  }
  if (before === undefined && value !== undefined) yield forbidden(`metadata.annotations[${key}]`, 'may not add mirror pod annotation');
}

/** From nothing to a number, or from a number to a smaller one. */
function* activeDeadline(seconds: number | undefined, before: number | undefined): Errors {
  const field = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    if (before !== undefined) yield invalid(field, null, 'must not update from a positive integer to nil value');
    return;
  }
  const problems = inRange(seconds, 0, maxInt32);
  for (const problem of problems) yield invalid(field, seconds, problem);
  if (problems.length === 0 && before !== undefined && before < seconds) {
    yield invalid(field, seconds, 'must be less than or equal to previous value');
  }
}

function* onlyAddedTolerations(tolerations: Toleration[], before: Toleration[]): Errors {
  const identity = ({ tolerationSeconds: _seconds, ...rest }: Toleration): Toleration => rest;
  for (const old of before) {
    if (!tolerations.some((toleration) => semanticEqual(identity(toleration), identity(old)))) {
      yield forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds');
      return;
    }
  }
}

/** While gates hold a pod back, its node selector and node affinity may become narrower. */
function* gatedChanges(munged: PodSpec, before: PodSpec): Errors {
  if (!semanticEqual(munged.nodeSelector, before.nodeSelector)) {
    const kept = Object.entries(before.nodeSelector ?? {}).every(([key, value]) => munged.nodeSelector?.[key] === value);
    if (!kept) {
      const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      yield invalid('spec.nodeSelector', munged.nodeSelector, detail);
    }
    munged.nodeSelector = before.nodeSelector ?? {};
  }
  const affinity = munged.affinity?.nodeAffinity;
  const old = before.affinity?.nodeAffinity;
  if (semanticEqual(affinity, old)) return;
  yield* narrowedAffinity(affinity, old);
  restoreNodeAffinity(munged, before);
}

function* narrowedAffinity(affinity: NodeAffinity | undefined, old: NodeAffinity | undefined): Errors {
  const field = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution';
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const before = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (before === undefined) return;
  if (terms.length !== before.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    yield invalid(`${field}.nodeSelectorTerms`, terms, detail);
    return;
  }
  for (const [i, term] of before.entries()) {
    for (const list of ['matchExpressions', 'matchFields'] as const) {
      const now = terms[i]?.[list] ?? [];
      if ((term[list] ?? []).some((requirement, j) => !semanticEqual(requirement, now[j]))) {
        yield invalid(`${field}.nodeSelectorTerms[${i}]`, terms[i], 'only additions are allowed (no mutations or deletions)');
      }
    }
  }
}

/** The ephemeralcontainers subresource: containers may be added, none changed or removed. */
export function* ephemeralContainersUpdate(pod: Pod, old: Pod): Errors {
  yield* objectMetaUpdate(pod.metadata, old.metadata);
  yield* metadataAndSpec(pod);
  const field = 'spec.ephemeralContainers';
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const now = pod.spec?.ephemeralContainers?.find(({ name }) => name === before.name);
    const quoted = JSON.stringify(before.name);
    if (now === undefined) yield forbidden(field, `existing ephemeral containers ${quoted} may not be removed\n`);
    else if (!semanticEqual(now, before)) yield forbidden(field, `existing ephemeral containers ${quoted} may not be changed\n`);
  }
}

/** The resize subresource: cpu and memory of running pods, without a change of the QoS class. */
export function* resizeUpdate(pod: Pod, old: Pod): Errors {
  yield* objectMetaUpdate(pod.metadata, old.metadata);
  yield* metadataAndSpec(pod);
  if (podQOSClass(pod) !== (old.status?.qosClass ?? podQOSClass(old))) {
    yield invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing');
  }
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, container] of entries(pod.spec?.[list])) {
      const before = old.spec?.[list]?.find(({ name }) => name === container.name);
      if (semanticEqual(container.resources, before?.resources)) continue;
      const field = `spec.${list}[${i}].resources`;
      if (list === 'initContainers' && container.restartPolicy !== 'Always') {
        yield forbidden(field, 'resources for non-sidecar init containers are immutable');
      }
      for (const side of ['requests', 'limits'] as const) {
        const removed = Object.keys(before?.resources?.[side] ?? {}).filter((name) => container.resources?.[side]?.[name] === undefined);
        if (removed.length > 0) yield forbidden(field, `resource ${side} cannot be removed`);
        for (const [name, quantity] of Object.entries(container.resources?.[side] ?? {})) {
          if (name !== 'cpu' && name !== 'memory' && before?.resources?.[side]?.[name] !== quantity) {
            yield forbidden(field, 'only cpu and memory resources are mutable');
          }
        }
      }
    }
  }
}
