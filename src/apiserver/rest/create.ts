import { recordCreate } from '../../api/apply/record.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { ApiResponse } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { ApiError, isAlreadyExists } from '../../api/status.ts';
import { prepareForCreate } from '../../api/strategy/strategy.ts';
import { toInvalid } from '../../api/validation/field-error.ts';
import { validateCreate } from '../../api/validation/validation.ts';
import { warningsOf } from '../../api/validation/warnings.ts';
import { objectKey } from '../../store/keys.ts';
import { type Entry, StoreError } from '../../store/store.ts';
import { timestamp } from '../../util/clock.ts';
import type { AdmissionAttributes } from '../admission/plugin.ts';
import { checkAccess } from '../auth/access.ts';
import { decodeBody, dropRepeatedOwners, matchNamespace } from './body.ts';
import { alreadyExists, type Call, canonical, objectResponse, scopeOf } from './call.ts';
import { reserved } from './hooks.ts';
import { managerOf } from './manager.ts';
import { writeOptions } from './options.ts';

/** Names from generateName take at most this much of it, so that the suffix still fits a DNS label. */
const longestBase = 58;
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
/** How many generated names are tried before AlreadyExists is answered (upstream: RetryGenerateName). */
const generateNameTries = 8;

export async function create(call: Call): Promise<ApiResponse> {
  const object = decodeBody(call);
  matchNamespace(call, object);
  delete object.metadata.managedFields;
  dropRepeatedOwners(call, object);
  return objectResponse(call, await createObject(call, object), 201);
}

/** Creates by PUT or server-side apply. Whoever may update or patch may not create for that alone (upstream: rest.withAuthorization). */
export async function createByName(call: Call, object: KubeObject, recorded = false): ReturnType<typeof createObject> {
  await checkAccess(call.rest.authorizer, { ...call.info, verb: 'create' }, call.user);
  return createObject(call, object, recorded);
}

/**
 * Creates `object`, which the caller hands over: defaults, names, admission, validation, the write. Used by POST, and by
 * PUT and server-side apply of kinds that may be created so. In a dry run the entry is made up and nothing is stored.
 * `recorded` says that its managed fields are those of an apply, which may be none.
 */
export async function createObject(call: Call, decoded: KubeObject, recorded = false): Promise<Pick<Entry, 'object'> & { json?: Buffer }> {
  const { kind } = call.resource;
  const { metadata } = decoded;
  if (metadata.resourceVersion === '' || metadata.resourceVersion === '0') delete metadata.resourceVersion;
  delete metadata.selfLink;
  metadata.uid = call.rest.uid();
  metadata.creationTimestamp = timestamp(call.rest.clock);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  const generated = (metadata.name ?? '') === '' ? (metadata.generateName ?? '') : '';
  applyDefaults(kind, decoded);
  // What admission adds is nobody's, as upstream has it.
  if (metadata.managedFields === undefined && !recorded) recordCreate(kind, decoded, managerOf(call));
  for (let tries = 1; ; tries++) {
    const object = tries === 1 && generated === '' ? decoded : structuredClone(decoded);
    if (generated !== '') object.metadata.name = generateName(generated, call.rest.random);
    try {
      return await tryCreate(call, object);
    } catch (thrown) {
      if (!isAlreadyExists(thrown) || generated === '') throw thrown;
      if (tries < generateNameTries) continue;
      const text = `${thrown.message}, the server was not able to generate a unique name for the object`;
      throw new ApiError('AlreadyExists', text, { ...thrown.details, retryAfterSeconds: 1 });
    }
  }
}

async function tryCreate(call: Call, object: KubeObject): Promise<Pick<Entry, 'object'> & { json?: Buffer }> {
  const { kind, storage, convert } = call.resource;
  const { rest, dryRun } = call;
  const attributes = attributesFor(call, 'CREATE', object, undefined);
  if (call.resource.terminating === true) throw terminatingKind(kind, object.metadata.name ?? '');
  await rest.admission.mutate(attributes);
  prepareForCreate(kind, object);
  const errors = validateCreate(kind, object);
  const name = object.metadata.name ?? '';
  if (errors.length > 0) throw toInvalid(kind, name, errors);
  call.warnings.push(...warningsOf(kind, object));
  await rest.admission.validate({ ...attributes, name });
  const key = objectKey(storage, scopeOf(call), name);
  const hook = rest.hooks(kind);
  // What the object would claim may be what its namesake holds: that the name is taken is the better answer.
  if (hook !== undefined && (await rest.store.get(key)) !== undefined) throw alreadyExists(call, name);
  const reservation = hook === undefined ? undefined : await hook.beforeCreate(object, dryRun);
  const stored = canonical(convert === undefined ? object : await convert.toStorage(object), apiVersionOf(storage), storage.kind);
  return reserved(reservation, async () => {
    if (dryRun) {
      if ((await rest.store.get(key)) !== undefined) throw alreadyExists(call, name);
      return { object: stored };
    }
    // The store's own refusal upstream: a dry run does not come to it.
    if (stored.metadata.resourceVersion !== undefined) throw new ApiError('', 'resourceVersion should not be set on objects to be created');
    try {
      return await rest.store.create(key, stored);
    } catch (thrown) {
      if (thrown instanceof StoreError && thrown.code === 'exists') throw alreadyExists(call, name);
      throw thrown;
    }
  });
}

const terminatingKind = ({ group, plural }: Kind, name: string): ApiError => {
  const text = 'create not allowed while custom resource definition is terminating';
  return new ApiError('Forbidden', `${plural}.${group} ${JSON.stringify(name)} is forbidden: ${text}`, { name, group, kind: plural });
};

export function generateName(base: string, random: () => number): string {
  let name = base.slice(0, longestBase);
  for (let i = 0; i < 5; i++) name += suffixAlphabet[Math.floor(random() * suffixAlphabet.length)];
  return name;
}

/** The request as admission sees it. */
export function attributesFor(
  call: Call,
  operation: AdmissionAttributes['operation'],
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
  subresource = call.info.subresource,
): AdmissionAttributes {
  return {
    operation,
    kind: call.resource.kind,
    subresource,
    namespace: call.resource.kind.namespaced ? call.info.namespace : '',
    name: call.info.name !== '' ? call.info.name : (object?.metadata.name ?? ''),
    object,
    oldObject,
    user: call.user,
    dryRun: call.dryRun,
    warn: (text) => call.warnings.push(text),
    options: () => writeOptions(operation, call.info.verb, call.request),
    signal: () => call.request.signal,
  };
}
