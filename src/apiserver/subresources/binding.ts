import type { ApiResponse } from '../../api/http.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Binding, Pod, PodCondition } from '../../api/types/core-v1.ts';
import { notSupported, required, toInvalid } from '../../api/validation/field-error.ts';
import { timestamp } from '../../util/clock.ts';
import type { Operation } from '../handle.ts';
import { decodeBody } from '../rest/body.ts';
import { badRequest, type Call } from '../rest/call.ts';
import { attributesFor } from '../rest/create.ts';
import { updateObject } from '../rest/update.ts';

/** POST `pods/<name>/binding`: gives an unscheduled pod its node (upstream: BindingREST.setPodNodeAndMetadata). */
export const bind: Operation = async (call) => bindTo(call, decodeBody<Binding>(call, kinds.Binding));

/** POST `bindings`, the same with the pod's name in the body. */
export function createBinding(podResource: Call['resource']): Operation {
  return async (call) => {
    const binding = decodeBody<Binding>(call, kinds.Binding);
    return bindTo({ ...call, resource: podResource, info: { ...call.info, name: binding.metadata.name ?? '' } }, binding);
  };
}

async function bindTo(call: Call, binding: Binding): Promise<ApiResponse> {
  const { name } = call.info;
  const { target, metadata } = binding;
  if ((metadata.name ?? '') !== name) throw badRequest('name in URL does not match name in Binding object');
  if (target?.kind !== undefined && target.kind !== '' && target.kind !== 'Node') {
    throw toInvalid(kinds.Binding, name, [notSupported('target.kind', target.kind, ['Node', ''])]);
  }
  if (!target?.name) throw toInvalid(kinds.Binding, name, [required('target.name')]);
  const attributes = { ...attributesFor(call, 'CREATE', binding, undefined), subresource: 'binding' };
  await call.rest.admission.mutate(attributes);
  await call.rest.admission.validate(attributes);
  await updateObject(call, { exact: true, change: (current) => bound(call, current as Pod, binding, target.name ?? '') });
  return { status: 201, body: { kind: 'object', value: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } } };
}

function bound(call: Call, pod: Pod, binding: Binding, nodeName: string): Pod {
  const { name = '' } = pod.metadata;
  const wanted = binding.metadata.uid;
  if (wanted !== undefined && wanted !== '' && wanted !== pod.metadata.uid) {
    throw refuse(name, `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${pod.metadata.uid ?? ''}`);
  }
  if (pod.metadata.deletionTimestamp !== undefined) throw refuse(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const assigned = pod.spec?.nodeName ?? '';
  if (assigned !== '') throw refuse(name, `pod ${name} is already assigned to node ${JSON.stringify(assigned)}`);
  if ((pod.spec?.schedulingGates ?? []).length > 0) throw refuse(name, `pod ${name} has non-empty .spec.schedulingGates`);
  const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName },
    status: { ...status, conditions: scheduled(call, pod) },
  };
}

function scheduled(call: Call, pod: Pod): PodCondition[] {
  const conditions = pod.status?.conditions ?? [];
  const condition: PodCondition = {
    type: 'PodScheduled',
    status: 'True',
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    lastTransitionTime: timestamp(call.rest.clock),
  };
  return [...conditions.filter(({ type }) => type !== 'PodScheduled'), condition];
}

const refuse = (name: string, text: string): ApiError =>
  new ApiError('Conflict', `Operation cannot be fulfilled on pods/binding ${JSON.stringify(name)}: ${text}`, {
    name,
    kind: 'pods/binding',
  });
