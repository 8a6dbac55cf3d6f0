import { applyConfig } from '../../api/apply/managed-fields.ts';
import { recordUpdate } from '../../api/apply/record.ts';
import { parentEntries, scaleEntries } from '../../api/apply/scale-fields.ts';
import type { ApiResponse } from '../../api/http.ts';
import { group } from '../../api/kind.ts';
import { parseSelector, selectorFrom, selectorFromSet } from '../../api/labels.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { applyPatch } from '../../api/patch/patch.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Scale } from '../../api/types/autoscaling-v1.ts';
import type { LabelSelector } from '../../api/types/meta-v1.ts';
import { invalid, toInvalid } from '../../api/validation/field-error.ts';
import { scaledParts, setAt } from '../crd/scale.ts';
import type { Operation } from '../handle.ts';
import { queryFlag } from '../paths.ts';
import { readConfig } from '../rest/apply.ts';
import { decodeBody, decodeValue, matchName } from '../rest/body.ts';
import { type Call, conflict, modifiedMessage, withoutAdmission } from '../rest/call.ts';
import { attributesFor } from '../rest/create.ts';
import { entryOf } from '../rest/get.ts';
import { managerOf } from '../rest/manager.ts';
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
    const type = patchTypeOf(call.request.headers['content-type'], call.resource.kind);
    if (type === 'apply') return applyScale(call);
    const body = patchBody(call, type);
    const change = (original: Scale): Scale =>
      decodeValue<Scale>(call, applyPatch({ kind: scaleKind, type, original, patch: body }), scaleKind);
    return write(call, change, patchRetries);
  },
};

/** Server-side apply: of the Scale, whose managers are those of the object behind it that own its replicas. */
function applyScale(call: Call): Promise<ApiResponse> {
  const config = readConfig(call, scaleKind);
  const force = queryFlag(call.request.query, 'force');
  const manager = managerOf(call);
  const change = (original: Scale): Scale => {
    const next = structuredClone(applyConfig(scaleKind, original, config, manager, force)) as Scale;
    const { uid, resourceVersion } = config.metadata;
    Object.assign(next.metadata, uid === undefined ? {} : { uid }, resourceVersion === undefined ? {} : { resourceVersion });
    return next;
  };
  return write(call, change, patchRetries, true);
}

/** `recorded`: the change has kept the Scale's managed fields itself. */
async function write(call: Call, wanted: (current: Scale) => Scale, retries: number, recorded = false): Promise<ApiResponse> {
  const { name } = call.info;
  const { kind } = call.resource;
  const { object } = await updateObject(withoutAdmission(call), {
    retries,
    subresource: '',
    recorded: true,
    async change(current) {
      const path = replicasPath(call);
      const managed = current.metadata.managedFields ?? [];
      const original = scaleOf(call, current);
      if (managed.length > 0) original.metadata.managedFields = scaleEntries(managed, path);
      const scale = structuredClone(wanted(original));
      // As upstream, who scales is not recorded while nobody owns the replicas.
      if (!recorded) recordUpdate(scaleKind, original, scale, managerOf(call));
      await admit(call, scale, current);
      checkPreconditions(call, scale, current);
      const replicas = scale.spec?.replicas ?? 0;
      // Of custom resources the number is looked at with the rest of the object.
      if (replicas < 0 && kind.custom === undefined) {
        throw toInvalid(scaleKind, name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
      }
      const next: Scalable = structuredClone(current);
      const paths = kind.custom?.scale;
      if (paths === undefined) next.spec = { ...next.spec, replicas };
      else setAt(next, paths.specReplicasPath, replicas);
      const entries = parentEntries(managed, scale.metadata.managedFields ?? [], path, apiVersionOf(kind));
      if (entries.length > 0) next.metadata.managedFields = entries;
      else delete next.metadata.managedFields;
      return next;
    },
  });
  return response(call, (await servedObject(call.resource, object)) as Scalable);
}

function checkPreconditions(call: Call, scale: Scale, current: Scalable): void {
  const { name } = call.info;
  const { uid, resourceVersion } = scale.metadata;
  if (uid !== undefined && uid !== '' && uid !== current.metadata.uid) {
    const { group, plural } = call.resource.kind;
    const resource = `${plural}/scale${group === '' ? '' : `.${group}`}`;
    const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw new ApiError('Conflict', `Operation cannot be fulfilled on ${resource} ${JSON.stringify(name)}: ${text}`, {
      name,
      ...(group === '' ? {} : { group }),
      kind: `${plural}/scale`,
    });
  }
  const version = resourceVersion ?? '';
  if (version !== '' && version !== current.metadata.resourceVersion) throw conflict(call, name, modifiedMessage);
}

/** Where managed fields have the number of replicas. */
function replicasPath(call: Call): string[] {
  const names = call.resource.kind.custom?.scale?.specReplicasPath.split('.').filter((name) => name !== '');
  return (names ?? ['spec', 'replicas']).map((name) => `f:${name}`);
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
