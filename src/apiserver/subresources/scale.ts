import type { ApiResponse } from '../../api/http.ts';
import { group } from '../../api/kind.ts';
import { parseSelector, selectorFrom, selectorFromSet } from '../../api/labels.ts';
import type { KubeObject } from '../../api/object.ts';
import { applyPatch } from '../../api/patch/patch.ts';
import { kinds } from '../../api/scheme.ts';
import type { Scale } from '../../api/types/autoscaling-v1.ts';
import type { LabelSelector } from '../../api/types/meta-v1.ts';
import { invalid, toInvalid } from '../../api/validation/field-error.ts';
import { scaledParts, setAt } from '../crd/scale.ts';
import type { Operation } from '../handle.ts';
import { decodeBody, decodeValue, matchName } from '../rest/body.ts';
import { type Call, conflict, modifiedMessage, withoutAdmission } from '../rest/call.ts';
import { attributesFor } from '../rest/create.ts';
import { entryOf } from '../rest/get.ts';
import { patchRetries } from '../rest/options.ts';
import { patchBody, patchTypeOf } from '../rest/patch.ts';
import { servedObject } from '../rest/served.ts';
import { updateObject } from '../rest/update.ts';

const scaleKind = group('autoscaling', 'v1').namespaced<Scale>('Scale');

interface Scalable extends KubeObject {
  /** The selector of custom resources is text. */
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> | string };
  status?: { replicas?: number };
}

/** `autoscaling/v1 Scale` of anything with `spec.replicas`, `status.replicas` and `spec.selector`. */
export const scaleOperations: Record<string, Operation> = {
  get: async (call) => response(call, (await servedObject(call.resource, (await entryOf(call)).object)) as Scalable),

  async update(call) {
    const scale = decodeBody<Scale>(call, scaleKind);
    matchName(call, scale);
    return write(call, () => scale, 100);
  },

  async patch(call) {
    const type = patchTypeOf(call.request.headers['content-type']);
    const patchType = type === 'apply' ? 'merge' : type;
    const body = patchBody(call, patchType);
    const change = (current: Scalable): Scale =>
      decodeValue<Scale>(call, applyPatch({ kind: scaleKind, type: patchType, original: scaleOf(call, current), patch: body }), scaleKind);
    return write(call, change, patchRetries);
  },
};

async function write(call: Call, wanted: (current: Scalable) => Scale, retries: number): Promise<ApiResponse> {
  const { name } = call.info;
  const { object } = await updateObject(withoutAdmission(call), {
    retries,
    subresource: '',
    async change(current) {
      const scale = wanted(current);
      await admit(call, scale, current);
      const version = scale.metadata.resourceVersion ?? '';
      if (version !== '' && version !== current.metadata.resourceVersion) throw conflict(call, name, modifiedMessage);
      const replicas = scale.spec?.replicas ?? 0;
      if (replicas < 0) {
        throw toInvalid(scaleKind, name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
      }
      const next: Scalable = structuredClone(current);
      const paths = call.resource.kind.custom?.scale;
      if (paths === undefined) next.spec = { ...next.spec, replicas };
      else setAt(next, paths.specReplicasPath, replicas);
      return next;
    },
  });
  return response(call, (await servedObject(call.resource, object)) as Scalable);
}

/** Admission is asked about the Scale, not about the object behind it. */
async function admit(call: Call, scale: Scale, current: Scalable): Promise<void> {
  const attributes = attributesFor(call, 'UPDATE', scale, scaleOf(call, current));
  await call.rest.admission.mutate(attributes);
  await call.rest.admission.validate(attributes);
}

const response = (call: Call, object: Scalable): ApiResponse => ({ status: 200, body: { kind: 'object', value: scaleOf(call, object) } });

function scaleOf(call: Call, object: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const paths = call.resource.kind.custom?.scale;
  const { spec, status } = paths === undefined ? object : scaledParts(object, paths);
  const bySet = call.resource.kind.plural === kinds.ReplicationController.plural;
  const selector =
    typeof spec?.selector === 'string'
      ? parseSelector(spec.selector)
      : bySet
        ? selectorFromSet(spec?.selector as Record<string, string>)
        : selectorFrom(spec?.selector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp })) as Scale['metadata'],
    // Zero is what upstream leaves out.
    spec: spec?.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status?.replicas ?? 0, ...(selector.nothing ? {} : { selector: selector.toString() }) },
  };
}
