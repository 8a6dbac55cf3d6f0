import { isDeepStrictEqual } from 'node:util';
import { recordUpdate } from '../../api/apply/record.ts';
import { semanticEqual } from '../../api/deep-equal.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { ApiResponse } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { allowCreateOnUpdate, prepareForUpdate } from '../../api/strategy/strategy.ts';
import { errorText, invalid, toInvalid } from '../../api/validation/field-error.ts';
import { validateUpdate } from '../../api/validation/validation.ts';
import { warningsOf } from '../../api/validation/warnings.ts';
import { objectKey } from '../../store/keys.ts';
import { type Entry, StoreError } from '../../store/store.ts';
import { timestamp } from '../../util/clock.ts';
import { decodeBody, dropRepeatedOwners, matchName, matchNamespace } from './body.ts';
import { type Call, canonical, conflict, modifiedMessage, notFound, objectResponse, scopeOf } from './call.ts';
import { attributesFor, createByName } from './create.ts';
import { reserved } from './hooks.ts';
import { managerOf } from './manager.ts';
import { removeEntry } from './remove.ts';
import { requiresResourceVersion } from './rules.ts';

export async function update(call: Call): Promise<ApiResponse> {
  const object = decodeBody(call);
  matchNamespace(call, object);
  matchName(call, object);
  dropRepeatedOwners(call, object);
  const { kind } = call.resource;
  if (call.info.subresource === '' && allowCreateOnUpdate(kind) && !hasVersion(object)) {
    const existing = await call.rest.store.get(objectKey(call.resource.storage, scopeOf(call), call.info.name));
    if (existing === undefined) return objectResponse(call, await createByName(call, object), 201);
  }
  applyDefaults(kind, object);
  let first = true;
  const change = (): KubeObject => {
    const next = first ? object : structuredClone(pristine);
    first = false;
    return next;
  };
  // Only a write without a version is ever tried twice, so only then is a second copy needed.
  const pristine = hasVersion(object) ? object : structuredClone(object);
  return objectResponse(call, await updateObject(call, { change }));
}

const hasVersion = (object: KubeObject): boolean =>
  (object.metadata.resourceVersion ?? '') !== '' && object.metadata.resourceVersion !== '0';

export interface Change {
  /** Makes the wanted object from the current one, which is shared and must not be changed. Called again after a lost race. */
  change(current: KubeObject): KubeObject | Promise<KubeObject>;
  /** How often a lost race is tried again; default 100, upstream's 5 for patches. */
  retries?: number;
  /** Skips strategy, admission and validation: for subresources that make one exact change (binding, conditions). */
  exact?: boolean;
  /** The change has kept the managed fields' record itself (server-side apply). */
  recorded?: boolean;
  /** Whose strategy and validation apply; default the request's own. */
  subresource?: string;
}

type Written = Pick<Entry, 'object'> & { json?: Buffer };

/**
 * Read, change, admit, validate, compare-and-set (upstream: GuaranteedUpdate under Store.Update). A change that alters
 * nothing is not written. An object whose deletion only waited for its finalizers goes when the last one does.
 */
export async function updateObject(call: Call, change: Change): Promise<Written> {
  const { store } = call.rest;
  const key = objectKey(call.resource.storage, scopeOf(call), call.info.name);
  const retries = change.retries ?? 100;
  for (let tries = 0; ; tries++) {
    const entry = await store.get(key);
    if (entry === undefined) throw notFound(call);
    try {
      return await tryUpdate(call, change, entry);
    } catch (thrown) {
      if (!(thrown instanceof StoreError)) throw thrown;
      if (thrown.code === 'missing') throw notFound(call);
      if (thrown.code !== 'conflict') throw thrown;
      if (tries >= retries) throw conflict(call, call.info.name, modifiedMessage);
    }
  }
}

async function tryUpdate(call: Call, change: Change, entry: Entry): Promise<Written> {
  const { rest, dryRun } = call;
  const { storage, kind, convert } = call.resource;
  const old = convert === undefined ? entry.object : await convert.fromStorage(entry.object);
  const next = await change.change(old);
  checkVersion(call, next, entry);
  // An update without a version replaces whatever is there, as if it had named it.
  next.metadata.resourceVersion = String(entry.revision);
  if (change.exact !== true) await prepare(call, next, old, change.subresource ?? call.info.subresource);
  if (change.recorded !== true) recordUpdate(kind, old, next, managerOf(call));
  const stored = canonical(convert === undefined ? next : await convert.toStorage(next), apiVersionOf(storage), storage.kind);
  // In custom resources an empty list may mean something.
  const equal = kind.custom === undefined ? semanticEqual : isDeepStrictEqual;
  if (equal(stored, entry.object)) return entry;
  const hook = change.exact === true ? undefined : rest.hooks(kind);
  const reservation = hook === undefined ? undefined : await hook.beforeUpdate(stored, old, dryRun);
  return reserved(reservation, async () => {
    if (dryRun) return { object: stored };
    if (deletionComplete(stored, old)) {
      await removeEntry(call, entry);
      return { object: stored };
    }
    return rest.store.update(entry.key, stored, entry.revision);
  });
}

function checkVersion(call: Call, next: KubeObject, entry: Entry): void {
  const { metadata } = next;
  const { kind } = call.resource;
  if (!hasVersion(next)) {
    if (requiresResourceVersion(kind)) {
      // Upstream's store knows the resource alone, and names it where the kind would be.
      const resource = { group: kind.group, kind: kind.plural };
      throw toInvalid(resource, call.info.name, [invalid('metadata.resourceVersion', 0, 'must be specified for an update')]);
    }
  } else if (metadata.resourceVersion !== String(entry.revision)) {
    if (!/^\d+$/.test(metadata.resourceVersion ?? ''))
      throw new ApiError('BadRequest', `invalid resource version ${JSON.stringify(metadata.resourceVersion)}`);
    throw conflict(call, call.info.name, modifiedMessage);
  }
  const uid = metadata.uid ?? '';
  const current = entry.object.metadata.uid ?? '';
  // Of patches and applies that the uid changed is found by validation.
  if (uid !== '' && uid !== current && call.info.verb === 'update') {
    throw conflict(
      call,
      call.info.name,
      invalidObject(call, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current}`),
    );
  }
}

/** Where upstream keeps objects under other names than their resource's (kubeapiserver: SpecialDefaultResourcePrefixes). */
const storedAs: Record<string, string> = {
  replicationcontrollers: 'controllers',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  services: 'services/specs',
  'ingresses.networking.k8s.io': 'ingress',
};

const storagePrefix = ({ group, plural, custom }: Kind): string =>
  custom === undefined ? (storedAs[group === '' ? plural : `${plural}.${group}`] ?? plural) : `${group}/${plural}`;

/** As upstream's storage words a precondition that does not hold. */
function invalidObject(call: Call, text: string): string {
  const key = ['/registry', storagePrefix(call.resource.kind), scopeOf(call), call.info.name]
    .filter((part) => part !== undefined)
    .join('/');
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${text}`;
}

async function prepare(call: Call, next: KubeObject, old: KubeObject, subresource: string): Promise<void> {
  const { kind } = call.resource;
  const attributes = attributesFor(call, 'UPDATE', next, old, subresource);
  keepSystemFields(next, old);
  await call.rest.admission.mutate(attributes);
  prepareForUpdate(kind, next, old, subresource, timestamp(call.rest.clock));
  keepSystemFields(next, old);
  const problems = validateUpdate(kind, next, old, subresource);
  const errors = problems.filter(({ tolerated }) => tolerated !== true);
  call.warnings.push(...problems.filter(({ tolerated }) => tolerated === true).map(errorText));
  if (errors.length > 0) throw toInvalid(kind, call.info.name, errors);
  if (subresource === '') call.warnings.push(...warningsOf(kind, next, old));
  await call.rest.admission.validate(attributes);
}

/** What no update may change silently (upstream: rest.BeforeUpdate). */
function keepSystemFields(next: KubeObject, old: KubeObject): void {
  const { metadata } = next;
  const was = old.metadata;
  if ((metadata.uid ?? '') === '' && was.uid !== undefined) metadata.uid = was.uid;
  if (was.creationTimestamp !== undefined) metadata.creationTimestamp = was.creationTimestamp;
  if (was.deletionTimestamp !== undefined) metadata.deletionTimestamp = was.deletionTimestamp;
  if (was.deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds ??= was.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** Whether the write takes away the last thing that a deletion waited for (upstream: ShouldDeleteDuringUpdate). */
function deletionComplete(next: KubeObject, old: KubeObject): boolean {
  if ((next.metadata.finalizers ?? []).length > 0) return false;
  if (old.metadata.deletionTimestamp === undefined || (old.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  if (next.kind !== 'Namespace' || next.apiVersion !== 'v1') return true;
  const spec = (next as KubeObject & { spec?: { finalizers?: string[] } }).spec;
  return (spec?.finalizers ?? []).length === 0;
}
