import { isIPv6 } from 'node:net';
import { qualifiedNameErrors, subdomainErrors } from '../../qualified-name.ts';
import { kinds } from '../../scheme.ts';
import type { ContainerStatus, Pod, PodSpec } from '../../types/core-v1.ts';
import { entries, immutable } from '../common.ts';
import { type Errors, forbidden, invalid } from '../field-error.ts';
import { check, ip } from '../formats.ts';
import { objectMeta, objectMetaUpdate } from '../meta.ts';
import { image } from './container.ts';
import { podSpec } from './spec.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const specOf = (pod: Pod): PodSpec => pod.spec ?? { containers: [] };

/** ValidatePodCreate. */
export function* podCreate(pod: Pod): Errors {
  const spec = specOf(pod);
  yield* metadataAndSpec(pod);
  if ((spec.ephemeralContainers ?? []).length > 0) yield forbidden('spec.ephemeralContainers', 'cannot be set on create');
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    yield forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared');
  }
}

export function* metadataAndSpec(pod: Pod): Errors {
  const spec = specOf(pod);
  yield* objectMeta(kinds.Pod, pod.metadata);
  yield* podAnnotations(pod);
  yield* podSpec('spec', spec, { isPod: true, ...(pod.metadata.name ? { podName: pod.metadata.name } : {}) });
  if (!spec.serviceAccountName) {
    for (const [i, volume] of entries(spec.volumes)) {
      for (const [j, source] of entries(volume.projected?.sources)) {
        if (source.serviceAccountToken === undefined) continue;
        const at = `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`;
        yield forbidden(at, 'must not be specified when serviceAccountName is not set');
      }
    }
  }
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, container] of entries(spec[list])) yield* image(`spec.${list}[${i}]`, container);
  }
}

function* podAnnotations({ metadata, spec }: Pod): Errors {
  const annotations = metadata.annotations ?? {};
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec?.nodeName) {
    yield invalid(`metadata.annotations[${mirrorAnnotation}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set');
  }
  const cost = annotations[deletionCost];
  if (cost !== undefined && !(/^(0|-?[1-9]\d*)$/.test(cost) && Number(cost) >= -(2 ** 31) && Number(cost) < 2 ** 31)) {
    yield invalid(`metadata.annotations[${deletionCost}]`, cost, 'must be a 32bit integer');
  }
}

/** ValidatePodStatusUpdate. */
export function* podStatusUpdate(pod: Pod, old: Pod): Errors {
  yield* objectMetaUpdate(pod.metadata, old.metadata);
  const status = pod.status ?? {};
  for (const [i, { type }] of entries(status.conditions)) {
    if (!['PodScheduled', 'Ready', 'Initialized'].includes(type)) {
      yield* check(`metadata.conditions[${i}].Type`, type ?? '', qualifiedNameErrors);
    }
  }
  if (pod.spec?.nodeName !== old.spec?.nodeName) yield forbidden('status.nodeName', 'may not be changed directly');
  if (status.nominatedNodeName && status.nominatedNodeName !== old.status?.nominatedNodeName) {
    yield* check('status.nominatedNodeName', status.nominatedNodeName, subdomainErrors);
  }
  yield* immutable('status.qosClass', status.qosClass, old.status?.qosClass);
  yield* stateTransitions('status.containerStatuses', status.containerStatuses, old.status?.containerStatuses, specOf(old));
  yield* stateTransitions('status.initContainerStatuses', status.initContainerStatuses, old.status?.initContainerStatuses, specOf(old));
  yield* stateTransitions('status.ephemeralContainerStatuses', status.ephemeralContainerStatuses, old.status?.ephemeralContainerStatuses, {
    containers: [],
    restartPolicy: 'Never',
  });
  for (const [i, address] of entries(status.podIPs)) yield* check(`status.podIPs[${i}]`, address.ip ?? '', ip);
  const families = (status.podIPs ?? []).map((address) => isIPv6(address.ip ?? ''));
  if (families.length > 2 || new Set(families).size < families.length) {
    yield invalid('status.podIPs', status.podIPs, 'may specify no more than one IP for each IP family');
  }
  for (const [i, address] of entries(status.hostIPs)) yield* check(`status.hostIPs[${i}]`, address.ip ?? '', ip);
  const first = status.hostIPs?.[0]?.ip;
  if (first !== undefined && first !== status.hostIP) yield invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`');
}

/** A container that will not be restarted stays terminated. Containers with restart rules of their own may start again, and all where a rule restarts all. */
function* stateTransitions(
  field: string,
  statuses: ContainerStatus[] | undefined,
  before: ContainerStatus[] | undefined,
  spec: PodSpec,
): Errors {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const restartAll = containers.some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  );
  if (spec.restartPolicy === 'Always' || restartAll) return;
  for (const [i, status] of entries(before)) {
    const ended = status.state?.terminated;
    if (ended === undefined) continue;
    const container = containers.find(({ name }) => name === status.name);
    if ((container?.restartPolicyRules ?? []).length > 0) continue;
    const policy = container?.restartPolicy ?? spec.restartPolicy;
    if (policy === 'Always' || (policy === 'OnFailure' && ended.exitCode !== 0)) continue;
    if (statuses?.some(({ name, state }) => name === status.name && state?.terminated === undefined)) {
      yield forbidden(`${field}[${i}].state`, 'may not be transitioned to non-terminated state');
    }
  }
}
