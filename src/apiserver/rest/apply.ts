import { keepLastApplied } from '../../api/apply/last-applied.ts';
import { applyConfig } from '../../api/apply/managed-fields.ts';
import { typedErrors } from '../../api/apply/typed-errors.ts';
import { typedPath } from '../../api/apply/typed-path.ts';
import { decodeObject } from '../../api/decode.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { ApiResponse } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject, parseApiVersion } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { objectKey } from '../../store/keys.ts';
import { queryFlag } from '../paths.ts';
import { bodyOf, duplicateKeys, fieldValidationOf, matchNamespace, separateProblems } from './body.ts';
import { badRequest, type Call, conflict, objectResponse, scopeOf } from './call.ts';
import { createByName } from './create.ts';
import { managerOf } from './manager.ts';
import { patchRetries } from './options.ts';
import { updateObject } from './update.ts';

/** PATCH with `application/apply-patch+yaml`: server-side apply, which also creates what is not there. */
export async function apply(call: Call): Promise<ApiResponse> {
  const { query } = call.request;
  const { kind, storage } = call.resource;
  const config = readConfig(call);
  const force = queryFlag(query, 'force');
  const manager = managerOf(call);
  const existing = await call.rest.store.get(objectKey(storage, scopeOf(call), call.info.name));
  if (existing === undefined && call.info.subresource === '') {
    const { uid } = config.metadata;
    if (uid !== undefined) {
      const text = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
      throw conflict(call, call.info.name, text);
    }
    const empty: KubeObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} };
    const created = structuredClone(applyConfig(kind, empty, config, manager, force));
    delete created.metadata.resourceVersion;
    keepLastApplied(created, call.request.body, manager.name);
    return objectResponse(call, await createByName(call, created, true), 201);
  }
  const change = (current: KubeObject): KubeObject => {
    const next = structuredClone(applyConfig(kind, current, config, manager, force));
    // What is applied may name the very object that it is for, even where nothing else of it changes.
    const { uid, resourceVersion } = config.metadata;
    Object.assign(next.metadata, uid === undefined ? {} : { uid }, resourceVersion === undefined ? {} : { resourceVersion });
    keepLastApplied(next, call.request.body, manager.name);
    applyDefaults(kind, next);
    return next;
  };
  return objectResponse(call, await updateObject(call, { change, recorded: true, retries: patchRetries }));
}

/** The applied configuration, without what this path may not set. `kind` is the resource's own unless a subresource takes another. */
export function readConfig(call: Call, kind: Kind = call.resource.kind): KubeObject {
  const { request, info } = call;
  const body = bodyOf({ body: {}, ...request }, (fault) => `error decoding YAML: error converting YAML to JSON: ${fault}`) ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    const found = Array.isArray(body) ? 'array' : typeof body;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    );
  }
  const given = body as Partial<KubeObject>;
  if (given.apiVersion !== apiVersionOf(kind) || given.kind !== kind.kind) throw badRequest(`invalid object type: ${typeText(given)}`);
  if ((given.metadata?.managedFields ?? undefined) !== undefined) throw badRequest('metadata.managedFields must be nil');
  const config = typedConfig(call, kind, given);
  const { name } = config.metadata;
  if (name !== undefined && name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  config.metadata.name = info.name;
  matchNamespace(call, config);
  return ownPart(kind, info.subresource, config);
}

/** `apps/v1, Kind=Deployment`, as Go prints a kind; what is no text counts as none (unstructured.GetAPIVersion). */
function typeText({ apiVersion, kind }: { apiVersion?: unknown; kind?: unknown }): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { group, version } = parseApiVersion(text(apiVersion));
  return `${group}/${version}, Kind=${text(kind)}`;
}

/** The configuration as an object of the kind: what the kind does not have is an error, whatever field validation says. */
function typedConfig(call: Call, kind: Kind, given: Partial<KubeObject>): KubeObject {
  const { namespace = '', name = '' } = given.metadata ?? {};
  // Upstream has no reason for these, so that they come as faults of the server.
  const fail = (text: string): ApiError =>
    new ApiError('', `failed to create typed patch object (${namespace}/${name}; ${typeText(given)}): ${text}`);
  const wrong = typedErrors(kind, given);
  if (wrong.length > 0) throw fail(listed(wrong));
  let decoded: ReturnType<typeof decodeObject>;
  try {
    decoded = decodeObject(kind, given);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.reason !== 'BadRequest') throw thrown;
    throw fail(thrown.message.replace(/^.*? cannot be handled as an? \w+: /, ''));
  }
  const unknown = decoded.unknown.map((path) => `${typedPath(kind, given, path)}: field not declared in schema`);
  if (unknown.length > 0) throw fail(listed(unknown));
  const validation = fieldValidationOf(call.request.query);
  for (const problem of validation === 'Ignore' ? [] : duplicateKeys(call.request)) {
    const text = `error converting YAML to JSON: ${problem}`;
    if (validation === 'Strict') throw badRequest(`error strict decoding YAML: ${text}`);
    call.warnings.push(...separateProblems(text));
  }
  return decoded.object;
}

const listed = (errors: readonly string[]): string =>
  errors.length === 1 ? (errors[0] ?? '') : `errors:\n${errors.map((line) => `  ${line}`).join('\n')}`;

/** Through the object itself the status is not applied, and through the status nothing else (upstream: resetFields). */
function ownPart(kind: Kind, subresource: string, config: KubeObject): KubeObject {
  if (!kind.subresources.includes('status')) return config;
  const { status, ...rest } = config as KubeObject & { status?: unknown };
  if (subresource !== 'status' && subresource !== 'approval') return rest;
  const { apiVersion, kind: name, metadata } = config;
  const { labels: _labels, annotations: _annotations, ...identity } = metadata;
  return { apiVersion, kind: name, metadata: identity, ...(status === undefined ? {} : { status }) } as KubeObject;
}
