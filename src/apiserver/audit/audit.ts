import { randomUUID } from 'node:crypto';
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { KubeObject, WatchEvent } from '../../api/object.ts';
import { type Clock, microTimestamp } from '../../util/clock.ts';
import { impersonatorOf } from '../auth/impersonation.ts';
import type { UserInfo } from '../auth/user.ts';
import { parseRequest, type RequestInfo } from '../paths.ts';
import { type AuditPolicy, type PolicyRule, ruleFor, type Stage } from './policy.ts';

export interface AuditOptions {
  policy: AuditPolicy;
  /** Takes one `audit.k8s.io/v1` Event as a line of JSON, with its line end. */
  write(line: string): void;
}

type Handle = (request: ApiRequest, user: UserInfo) => Promise<ApiResponse>;

/** The same handler with an audit log of what it is asked and answers. Without a rule for a request it costs the look for one. */
export function audited(handle: Handle, { policy, write }: AuditOptions, clock: Clock): Handle {
  return async (request, user) => {
    const info = parseRequest(request.method, request.path, request.query);
    const rule = ruleFor(policy, info, user);
    if (rule === undefined || rule.level === 'None') return handle(request, user);
    const omitted = new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]);
    const received = microTimestamp(clock);
    const base = eventBase(request, info, user, rule, received);
    const log = (stage: Stage, more: object = {}): void => {
      if (!omitted.has(stage))
        write(`${JSON.stringify({ ...base, ...reference(request, info), stage, ...more, stageTimestamp: microTimestamp(clock) })}\n`);
    };
    const withoutRecord = rule.omitManagedFields ?? policy.omitManagedFields ?? false;
    log('RequestReceived');
    const response = await handle(request, user);
    const result = { ...bodies(request, response, rule, withoutRecord), ...outcome(response) };
    const { body } = response;
    if (body.kind !== 'watch') {
      log('ResponseComplete', result);
      return response;
    }
    log('ResponseStarted', result);
    return { ...response, body: { kind: 'watch', events: observed(body.events, () => log('ResponseComplete', result)) } };
  };
}

const userPart = ({ name, uid, groups, extra }: UserInfo): object => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

function eventBase(request: ApiRequest, info: RequestInfo, user: UserInfo, rule: PolicyRule, received: string): object {
  const { headers, query, path } = request;
  const impersonator = impersonatorOf(user);
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: rule.level,
    auditID: request.auditId ?? randomUUID(),
    requestURI: query.size === 0 ? path : `${path}?${query}`,
    verb: info.verb,
    user: userPart(impersonator ?? user),
    ...(impersonator === undefined ? {} : { impersonatedUser: userPart(user) }),
    ...(request.remoteAddress === undefined ? {} : { sourceIPs: [request.remoteAddress] }),
    ...(headers['user-agent'] === undefined ? {} : { userAgent: headers['user-agent'] }),
    requestReceivedTimestamp: received,
  };
}

/** What the request is about; its body tells more once it has been read. */
function reference({ body }: ApiRequest, info: RequestInfo): object {
  if (!info.isResource) return {};
  const metadata = (body as Partial<KubeObject> | undefined | null)?.metadata;
  const parts = {
    resource: info.resource,
    namespace: info.namespace,
    name: info.name || (info.verb === 'create' ? metadata?.name : ''),
    uid: metadata?.uid,
    apiGroup: info.group,
    apiVersion: info.version,
    resourceVersion: metadata?.resourceVersion,
    subresource: info.subresource,
  };
  return { objectRef: Object.fromEntries(Object.entries(parts).filter(([, text]) => text !== undefined && text !== '')) };
}

function bodies(request: ApiRequest, response: ApiResponse, { level }: PolicyRule, withoutRecord: boolean): object {
  if (level === 'Metadata') return {};
  const shown = (value: unknown): unknown => (withoutRecord ? stripped(value) : value);
  const { body } = response;
  return {
    ...(request.body === undefined ? {} : { requestObject: shown(request.body) }),
    ...(level === 'RequestResponse' && body.kind === 'object' ? { responseObject: shown(body.value) } : {}),
  };
}

/** Objects and lists without their managed fields. */
function stripped(value: unknown): unknown {
  const { metadata, items, ...rest } = (value ?? {}) as { metadata?: KubeObject['metadata']; items?: unknown[] };
  if (metadata === undefined) return value;
  const { managedFields: _, ...own } = metadata;
  return { ...rest, metadata: own, ...(Array.isArray(items) ? { items: items.map(stripped) } : items === undefined ? {} : { items }) };
}

function outcome({ status, body }: ApiResponse): object {
  const value = (body.kind === 'object' ? body.value : {}) as { kind?: string; status?: string; message?: string; reason?: string };
  const failed = status >= 400 && value.kind === 'Status';
  const words = failed ? { status: value.status, message: value.message, reason: value.reason } : {};
  return {
    responseStatus: { metadata: {}, ...words, code: status },
    annotations: { 'authorization.k8s.io/decision': status === 403 ? 'forbid' : 'allow', 'authorization.k8s.io/reason': '' },
  };
}

type Events = AsyncIterable<WatchEvent & { json?: Buffer }>;

async function* observed(events: Events, ended: () => void): AsyncGenerator<WatchEvent & { json?: Buffer }> {
  try {
    yield* events;
  } finally {
    ended();
  }
}
