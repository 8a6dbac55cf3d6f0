import type { ApiResponse } from '../../api/http.ts';
import { groupKind } from '../../api/kind-table.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Status } from '../../api/types/meta-v1.ts';
import { objectKey } from '../../store/keys.ts';
import { type Entry, StoreError } from '../../store/store.ts';
import { isDefinition, markForDeletion } from '../crd/marking.ts';
import { type Call, conflict, modifiedMessage, notFound, objectResponse, scopeOf } from './call.ts';
import { attributesFor } from './create.ts';
import { type ParsedDelete, parseDeleteOptions } from './options.ts';
import { removeEntry } from './remove.ts';
import { orphansByDefault, returnsDeletedObject } from './rules.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

export async function deleteOne(call: Call): Promise<ApiResponse> {
  const options = parseDeleteOptions(call.request);
  const { entry, gone } = await deleteObject(call, options);
  const { kind } = call.resource;
  // Upstream answers 202 to this old way of asking alone, so as not to break its clients.
  const accepted = !gone && options.orphanDependents === false;
  if (!gone || returnsDeletedObject(kind)) return objectResponse(call, entry, accepted ? 202 : 200);
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: entry.object.metadata.name ?? '',
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      ...(entry.object.metadata.uid === undefined ? {} : { uid: entry.object.metadata.uid }),
    },
  };
  return { status: 200, body: { kind: 'object', value: status } };
}

type Outcome = { entry: Pick<Entry, 'object'> & { json?: Buffer }; gone: boolean };

/**
 * Deletes the named object, or starts its deletion when it has a grace period or finalizers (upstream: Store.Delete with
 * rest.BeforeDelete). `gone` says whether it left the store.
 */
export async function deleteObject(call: Call, options: ParsedDelete, name = call.info.name): Promise<Outcome> {
  const { store } = call.rest;
  const key = objectKey(call.resource.storage, scopeOf(call), name);
  for (let tries = 0; ; tries++) {
    const entry = await store.get(key);
    if (entry === undefined) throw notFound(call, name);
    checkPreconditions(call, entry, options, name);
    const named = { ...call, info: { ...call.info, name } };
    const attributes = attributesFor(named, 'DELETE', undefined, entry.object);
    await call.rest.admission.mutate(attributes);
    await call.rest.admission.validate(attributes);
    try {
      return await tryDelete(named, entry, options);
    } catch (thrown) {
      if (!(thrown instanceof StoreError)) throw thrown;
      if (thrown.code === 'missing') throw notFound(call, name);
      if (thrown.code !== 'conflict') throw thrown;
      if (tries >= 100) throw conflict(call, name, modifiedMessage);
    }
  }
}

/** Upstream words these in rest.BeforeDelete, where the resource is named by its kind; namespaces and definitions have words of their own. */
function checkPreconditions(call: Call, entry: Entry, { preconditions }: ParsedDelete, name: string): void {
  const { uid = '' } = entry.object.metadata;
  const { uid: wantedUid, resourceVersion: wanted } = preconditions;
  const { kind, group } = call.resource.kind;
  if (isDefinition(entry.object) || isNamespace(entry.object)) {
    const current = { UID: [wantedUid, uid], ResourceVersion: [wanted, String(entry.revision)] };
    for (const [what, [given, found]] of Object.entries(current))
      if (given !== undefined && given !== found)
        throw conflict(call, name, `Precondition failed: ${what} in precondition: ${given}, ${what} in object meta: ${found}`);
    return;
  }
  const refuse = (text: string): ApiError =>
    new ApiError('Conflict', `Operation cannot be fulfilled on ${groupKind(call.resource.kind)} ${JSON.stringify(name)}: ${text}`, {
      name,
      ...(group === '' ? {} : { group }),
      kind,
    });
  if (wantedUid !== undefined && wantedUid !== uid) {
    throw refuse(
      `the UID in the precondition (${wantedUid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (wanted !== undefined && wanted !== String(entry.revision)) {
    throw refuse(
      `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record (${entry.revision}). The object might have been modified`,
    );
  }
}

async function tryDelete(call: Call, entry: Entry, options: ParsedDelete): Promise<Outcome> {
  const { rest, dryRun } = call;
  const next = startDeletion(call, entry, options);
  if (next === undefined) {
    if (dryRun || options.dryRun) return { entry, gone: true };
    return { entry: await removeEntry(call, entry), gone: true };
  }
  if (next === entry.object) return { entry, gone: false };
  const { metadata } = next;
  const immediate =
    (metadata.finalizers ?? []).length === 0 && (metadata.deletionGracePeriodSeconds ?? 0) === 0 && !hasSpecFinalizers(next);
  if (dryRun || options.dryRun) return { entry: { object: next }, gone: immediate };
  const marked = await rest.store.update(entry.key, next, entry.revision);
  if (!immediate) return { entry: marked, gone: false };
  return { entry: await removeEntry(call, marked), gone: true };
}

/**
 * The object as its deletion leaves it: marked, with the finalizers that the propagation policy asks for. Undefined when
 * nothing holds it; the very same object when the deletion already runs and this request changes nothing about it.
 */
function startDeletion(call: Call, entry: Entry, options: ParsedDelete): KubeObject | undefined {
  const { object } = entry;
  const { metadata } = object;
  const finalizers = gcFinalizers(call, object, options);
  const grace = gracePeriod(object, options);
  if (metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null) {
    return shortenDeletion(object, finalizers, grace, options);
  }
  if (isDefinition(object)) return markForDeletion(object, call.rest.clock);
  const held = finalizers.length > 0 || hasSpecFinalizers(object);
  if (grace === undefined && !held) return undefined;
  const seconds = grace ?? 0;
  const next: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: timestampAt(call.rest.clock.now() + seconds * 1000),
      // A namespace is deleted in a way of its own, to which grace means nothing.
      ...(isNamespace(object) ? {} : { deletionGracePeriodSeconds: seconds }),
      ...(metadata.generation !== undefined && metadata.generation > 0 ? { generation: metadata.generation + 1 } : {}),
    },
  };
  setFinalizers(next, finalizers);
  return isNamespace(object) ? terminating(next) : next;
}

/** A second delete may only shorten the grace period; finalizers follow its propagation policy until the first one took effect. */
function shortenDeletion(
  object: KubeObject,
  finalizers: string[],
  grace: number | undefined,
  options: ParsedDelete,
): KubeObject | undefined {
  const { metadata } = object;
  const running = metadata.deletionGracePeriodSeconds ?? 0;
  if (running === 0 || grace === undefined || options.gracePeriodSeconds === undefined || grace >= running) {
    if (running === 0 && (metadata.finalizers ?? []).length === 0 && !hasSpecFinalizers(object)) return undefined;
    return object;
  }
  const started = Date.parse(metadata.deletionTimestamp ?? '') - running * 1000;
  const next: KubeObject = {
    ...object,
    metadata: { ...metadata, deletionTimestamp: timestampAt(started + grace * 1000), deletionGracePeriodSeconds: grace },
  };
  setFinalizers(next, finalizers);
  return next;
}

/** 7,900 years: timestamps have four digits for the year. */
const longestGraceSeconds = 250_000_000_000;

/** Seconds that the kind's own termination takes; undefined for kinds that know no graceful deletion (all but pods). */
function gracePeriod(object: KubeObject, options: ParsedDelete): number | undefined {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return undefined;
  const { spec, status } = object as Pod;
  const asked = options.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  if ((spec?.nodeName ?? '') === '') return 0;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  return asked < 0 ? 1 : Math.min(asked, longestGraceSeconds);
}

/** Upstream: deletionFinalizersForGarbageCollection. */
function gcFinalizers(call: Call, object: KubeObject, options: ParsedDelete): string[] {
  const current = object.metadata.finalizers ?? [];
  if (call.resource.kind === (kinds.Event as typeof call.resource.kind)) return [...current];
  const rest = current.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
  const orphan =
    options.propagation === undefined
      ? current.includes(orphanFinalizer) || (!current.includes(foregroundFinalizer) && orphansByDefault(call.resource.kind))
      : options.propagation === 'Orphan';
  const foreground = options.propagation === undefined ? current.includes(foregroundFinalizer) : options.propagation === 'Foreground';
  if (orphan) return [...rest, orphanFinalizer];
  return foreground ? [...rest, foregroundFinalizer] : rest;
}

function setFinalizers(object: KubeObject, finalizers: string[]): void {
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
}

type NamespaceLike = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string } };
const isNamespace = (object: KubeObject): object is NamespaceLike => object.kind === 'Namespace' && object.apiVersion === 'v1';
const hasSpecFinalizers = (object: KubeObject): boolean => isNamespace(object) && (object.spec?.finalizers ?? []).length > 0;
const terminating = (object: KubeObject): KubeObject => {
  const { status } = object as NamespaceLike;
  return { ...object, status: { ...status, phase: 'Terminating' } } as KubeObject;
};

const timestampAt = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
