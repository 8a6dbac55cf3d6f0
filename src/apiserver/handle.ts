import { isGoDuration } from '../api/go-text.ts';
import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { Kind } from '../api/kind.ts';
import { allKinds } from '../api/scheme.ts';
import { ApiError, internalError } from '../api/status.ts';
import { StoreError } from '../store/store.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { checkAccess } from './auth/access.ts';
import type { Authorizer } from './auth/attributes.ts';
import type { UserInfo } from './auth/user.ts';
import type { Classifier } from './flowcontrol/classify.ts';
import type { Metrics } from './metrics.ts';
import { acceptedFor, present } from './negotiate.ts';
import { parseRequest, type RequestInfo } from './paths.ts';
import type { Resource, Resources } from './resources.ts';
import type { Call, RestServices } from './rest/call.ts';
import { create } from './rest/create.ts';
import { deleteOne } from './rest/delete.ts';
import { deleteCollection } from './rest/delete-collection.ts';
import { get } from './rest/get.ts';
import { list } from './rest/list.ts';
import { checkWriteOptions } from './rest/options.ts';
import { patch, patchTypeOf } from './rest/patch.ts';
import { update } from './rest/update.ts';
import { watch } from './rest/watch.ts';
import { warningHeaders } from './warnings.ts';

/** Answers one kind of request; gets what the path named. */
export type Operation = (call: Call) => Promise<ApiResponse>;

/** A path outside of resources: `/healthz`, discovery, OpenAPI. Undefined when it is not this handler's. */
export type PathHandler = (request: ApiRequest, user: UserInfo) => Promise<ApiResponse | undefined> | ApiResponse | undefined;

export interface HandleOptions {
  rest: RestServices;
  resources: Resources;
  authorizer: Authorizer;
  log: Logger;
  /** `pods/log` → verb → operation. Verbs as in RequestInfo. */
  subresource(resource: Resource, name: string): Partial<Record<string, Operation>> | undefined;
  /** Operations of resources that are not generic, such as reviews that are answered and never stored. */
  special(resource: Resource): Partial<Record<string, Operation>> | undefined;
  paths: readonly PathHandler[];
  /** Answers what belongs to another server; undefined for what is this one's. Asked before anything else. */
  delegate(request: ApiRequest, user: UserInfo): Promise<ApiResponse> | undefined;
  metrics: Metrics;
  /** What an answer's headers say of how its request was classified. */
  classify: Classifier;
  /** Told of each request and its answer. */
  answered?: ((answered: Answered) => void) | undefined;
}

/** A request and what came of it, for those who keep account of who did what. */
export interface Answered {
  info: RequestInfo;
  user: UserInfo;
  request: ApiRequest;
  response: ApiResponse;
}

const generic: Record<string, Operation> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: deleteOne,
  deletecollection: deleteCollection,
};
const optionsKinds: Record<string, string> = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' };

export const methodNotAllowed = (): ApiError =>
  new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const noSuchResource = (): ApiError => new ApiError('NotFound', 'the server could not find the requested resource', {});

/** The server's one entry: authorize, route, run, present. Failures become responses. */
export function createHandle(options: HandleOptions): (request: ApiRequest, user: UserInfo) => Promise<ApiResponse> {
  const { authorizer, log, metrics, answered, classify } = options;
  const answer = async (request: ApiRequest, info: RequestInfo, user: UserInfo): Promise<ApiResponse> => {
    try {
      await checkAccess(authorizer, info, user);
      await request.readBody?.();
      return await route(options, request, info, user);
    } catch (thrown) {
      return errorResponse(thrown, log, request);
    }
  };
  return async (request, user) => {
    const began = options.rest.clock.now();
    const info = parseRequest(request.method, request.path, request.query);
    const flow = classify(info, user);
    const plain = await answer(request, info, user);
    const response = flow === undefined ? plain : { ...plain, headers: { ...flow, ...plain.headers } };
    if (isServed(options, info)) metrics.count(info, response.status, (options.rest.clock.now() - began) / 1000);
    answered?.({ info, user, request, response });
    return response;
  };
}

/** Whether the request names something that is there. What is counted of names that clients make up would grow without bound. */
const isServed = ({ resources }: HandleOptions, { isResource, group, version, resource, subresource }: RequestInfo): boolean => {
  const kind = isResource ? resources.find(group, version, resource)?.kind : undefined;
  return kind !== undefined && (subresource === '' || kind.subresources.includes(subresource));
};

async function route(options: HandleOptions, request: ApiRequest, info: RequestInfo, user: UserInfo): Promise<ApiResponse> {
  const delegated = options.delegate(request, user);
  if (delegated !== undefined) return delegated;
  if (!info.isResource) {
    for (const handler of options.paths) {
      const response = await handler(request, user);
      if (response !== undefined) return response;
    }
    return pageNotFound;
  }
  const resource = options.resources.find(info.group, info.version, info.resource);
  if (resource === undefined) return unknownResource(info);
  if (!isWithinScope(resource.kind, info)) return pageNotFound;
  const operation = operationFor(options, resource, info);
  checkTimeout(request.query);
  const dryRun = checkOptions(request, info, resource.kind);
  const call: Call = { rest: options.rest, resource, info, request, user, dryRun, warnings: [] };
  const presented = await presentedOutcome(options, operation, call);
  const warnings = resource.deprecation === undefined ? call.warnings : [resource.deprecation, ...call.warnings];
  if (warnings.length === 0) return presented;
  return { ...presented, headers: { ...presented.headers, warning: warningHeaders(warnings) } };
}

/** What came of the call as its caller wants to read it. A failure too has the warnings that were given before it. */
async function presentedOutcome({ log }: HandleOptions, operation: Operation, call: Call): Promise<ApiResponse> {
  try {
    const accepted = acceptedFor(call);
    return present(call, await operation(call), accepted);
  } catch (thrown) {
    return errorResponse(thrown, log, call.request);
  }
}

/** Subresources whose query is for what they connect to. */
const connecting = new Set(['proxy', 'exec', 'attach', 'portforward']);

/** How long a request may take can be said, if it is said as Go writes durations (upstream: WithRequestDeadline). */
function checkTimeout(query: URLSearchParams): void {
  const text = query.get('timeout') ?? '';
  if (text === '' || isGoDuration(text)) return;
  const what = /\d$/.test(text) ? 'missing unit in duration' : 'invalid duration';
  throw new ApiError('BadRequest', `invalid timeout specified in the request URL - time: ${what} ${JSON.stringify(text)}`);
}

/** Refuses wrong options of a write, and says whether it is only tried; deletes look at theirs themselves. */
function checkOptions({ query, headers }: ApiRequest, { verb, subresource }: RequestInfo, addressed: Kind): boolean {
  const kind = optionsKinds[verb];
  if (kind === undefined || connecting.has(subresource)) return false;
  const applying = verb === 'patch' ? patchTypeOf(headers['content-type'], addressed) === 'apply' : undefined;
  return checkWriteOptions(query, kind, applying).dryRun;
}

/** What Go's server says of a path that nothing is registered for. */
const pageNotFound: ApiResponse = {
  status: 404,
  headers: { 'x-content-type-options': 'nosniff' },
  body: { kind: 'raw', contentType: 'text/plain; charset=utf-8', data: '404 page not found\n' },
};

/** In a group version that is built in the answer is a Status; elsewhere upstream has no handler that could give one. */
function unknownResource({ group, version }: RequestInfo): ApiResponse {
  if (allKinds.some((kind) => kind.group === group && kind.version === version)) throw noSuchResource();
  return pageNotFound;
}

function operationFor(options: HandleOptions, resource: Resource, info: RequestInfo): Operation {
  const { kind } = resource;
  if (info.subresource !== '') {
    const operations = kind.subresources.includes(info.subresource) ? options.subresource(resource, info.subresource) : undefined;
    if (operations === undefined || info.name === '') throw kind.custom === undefined ? noSuchResource() : noSuchObject(kind, info.name);
    const operation = operations[info.verb];
    if (operation === undefined) throw notAllowed(kind, info.verb);
    return operation;
  }
  // A namespaced object is only reached through its namespace; all namespaces together can be listed and watched alone.
  const acrossNamespaces = kind.namespaced && info.namespace === '';
  if (acrossNamespaces && info.verb !== 'list' && info.verb !== 'watch') throw info.name === '' ? methodNotAllowed() : noSuchResource();
  if (!kind.namespaced && info.namespace !== '' && kind.plural !== 'namespaces') throw noSuchResource();
  const onOne = info.verb === 'update' || info.verb === 'patch';
  if ((info.verb === 'create' && info.name !== '') || (onOne && info.name === '')) throw methodNotAllowed();
  const operation =
    options.special(resource)?.[info.verb] ?? ((kind.verbs as readonly string[]).includes(info.verb) ? generic[info.verb] : undefined);
  if (operation === undefined) throw notAllowed(kind, info.verb);
  return operation;
}

/** The handler of custom resources leaves what is not in their scope to the next one, and there is none. */
function isWithinScope({ custom, namespaced }: Kind, { namespace, verb }: RequestInfo): boolean {
  if (custom === undefined || namespaced === (namespace !== '')) return true;
  return namespaced && (verb === 'list' || verb === 'watch');
}

/** The same handler words its refusals itself, and takes a subresource that there is not for an object that there is not. */
const noSuchObject = ({ group, plural }: Kind, name: string): ApiError =>
  new ApiError('NotFound', `${plural}.${group} ${JSON.stringify(name)} not found`, { name, group, kind: plural });
const notAllowed = ({ custom, group, plural }: Kind, verb: string): ApiError =>
  custom === undefined
    ? methodNotAllowed()
    : new ApiError('MethodNotAllowed', `${verb} is not supported on resources of kind "${plural}.${group}"`, { group, kind: plural });

/** Any failure as a response with a Status body. What is not an expected refusal is logged and answered with 500. */
export function errorResponse(thrown: unknown, log: Logger, request?: Pick<ApiRequest, 'method' | 'path'>): ApiResponse {
  const error = toApiError(thrown);
  if (error.code >= 500 && !(thrown instanceof ApiError)) {
    log.error(
      `${request?.method ?? ''} ${request?.path ?? ''}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    );
  }
  const retry = error.details?.retryAfterSeconds;
  return {
    status: error.code,
    ...(retry === undefined ? {} : { headers: { 'retry-after': String(retry) } }),
    body: { kind: 'object', value: error.toStatus() },
  };
}

function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof StoreError && thrown.code === 'closed') {
    return new ApiError('ServiceUnavailable', 'the server is shutting down', { retryAfterSeconds: 1 });
  }
  // Only what a caller sent can be nested so deeply (upstream's decoder stops at a depth of 10000).
  if (thrown instanceof RangeError && thrown.message.includes('call stack')) return new ApiError('BadRequest', 'json: exceeded max depth');
  return internalError(messageOf(thrown));
}
