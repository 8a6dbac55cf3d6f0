import { keepLastApplied } from '../../api/apply/last-applied.ts';
import { applyConfig } from '../../api/apply/managed-fields.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { ApiResponse } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { required } from '../../api/validation/field-error.ts';
import { objectKey } from '../../store/keys.ts';
import { queryFlag } from '../paths.ts';
import { decodeBody, matchNamespace } from './body.ts';
import { badRequest, type Call, objectResponse, scopeOf } from './call.ts';
import { createObject } from './create.ts';
import { managerOf } from './manager.ts';
import { invalidOptions, patchRetries } from './options.ts';
import { updateObject } from './update.ts';

/** PATCH with `application/apply-patch+yaml`: server-side apply, which also creates what is not there. */
export async function apply(call: Call): Promise<ApiResponse> {
  const { query } = call.request;
  const { kind, storage } = call.resource;
  if ((query.get('fieldManager') ?? '') === '') {
    throw invalidOptions('PatchOptions', [required('fieldManager', 'is required for apply patch')]);
  }
  const config = readConfig(call);
  const force = queryFlag(query, 'force');
  const manager = managerOf(call);
  const existing = await call.rest.store.get(objectKey(storage, scopeOf(call), call.info.name));
  if (existing === undefined && call.info.subresource === '') {
    const empty: KubeObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} };
    const created = structuredClone(applyConfig(kind, empty, config, manager, force));
    keepLastApplied(created, call.request.body, manager.name);
    return objectResponse(call, await createObject(call, created), 201);
  }
  const change = (current: KubeObject): KubeObject => {
    const next = structuredClone(applyConfig(kind, current, config, manager, force));
    keepLastApplied(next, call.request.body, manager.name);
    applyDefaults(kind, next);
    return next;
  };
  return objectResponse(call, await updateObject(call, { change, recorded: true, retries: patchRetries }));
}

/** The applied configuration, without what this path may not set. */
function readConfig(call: Call): KubeObject {
  const { body } = call.request;
  const config = decodeBody(call, 'PatchOptions');
  const given = body as Partial<KubeObject>;
  if ((given.apiVersion ?? '') === '' || (given.kind ?? '') === '')
    throw badRequest('invalid object type: apiVersion and kind must be set');
  if ((config.metadata.managedFields ?? []).length > 0) throw badRequest('metadata.managedFields must be nil');
  const { name } = config.metadata;
  if (name !== undefined && name !== call.info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.info.name})`);
  }
  config.metadata.name = call.info.name;
  matchNamespace(call, config);
  return ownPart(call.resource.kind, call.info.subresource, config);
}

/** Through the object itself the status is not applied, and through the status nothing else (upstream: resetFields). */
function ownPart(kind: Kind, subresource: string, config: KubeObject): KubeObject {
  if (!kind.subresources.includes('status')) return config;
  const { status, ...rest } = config as KubeObject & { status?: unknown };
  if (subresource !== 'status') return rest;
  const { apiVersion, kind: name, metadata } = config;
  const { labels: _labels, annotations: _annotations, ...identity } = metadata;
  return { apiVersion, kind: name, metadata: identity, ...(status === undefined ? {} : { status }) } as KubeObject;
}
