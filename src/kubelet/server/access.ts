import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { kinds } from '../../api/scheme.ts';
import type { TokenReview } from '../../api/types/authentication-v1.ts';
import type { SubjectAccessReview } from '../../api/types/authorization-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../util/clock.ts';

/** What is answered to a request that may not be served. */
export interface Denial {
  code: 401 | 403;
  text: string;
}

interface Caller {
  username?: string;
  uid?: string;
  groups?: string[];
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** Paths whose permission is not `nodes/proxy` alone; the first that is granted will do (KEP-2862). */
const subresources: readonly [path: RegExp, granted: string[]][] = [
  [/^\/stats(\/|$)/, ['stats']],
  [/^\/metrics(\/|$)/, ['metrics']],
  [/^\/logs(\/|$)/, ['log']],
  [/^\/healthz(\/|$)/, ['healthz', 'proxy']],
  [/^\/configz$/, ['configz', 'proxy']],
  [/^\/(running)?pods\/?$/, ['pods', 'proxy']],
];
/** How long the API server's word is taken for granted (the kubelet's webhook cache TTLs). */
const tokenMs = 120_000;
const grantedMs = 300_000;
const refusedMs = 30_000;

/**
 * Who may ask the kubelet for what: holders of a client certificate or of a bearer token, as far as the API server says
 * (authentication and authorization mode Webhook). The API server's own kubelet client may do anything. Without a client nobody else may.
 */
export function createAccess({ client, clock, nodeName }: { client: Client | undefined; clock: Clock; nodeName: string }) {
  const answers = new Map<string, { until: number; answer: Promise<unknown> }>();

  function remembered<T>(key: string, ask: () => Promise<T>, lifeMs: (answer: T) => number): Promise<T> {
    const now = clock.now();
    for (const [other, { until }] of answers) if (until <= now) answers.delete(other);
    const known = answers.get(key);
    if (known !== undefined) return known.answer as Promise<T>;
    const answer = ask();
    const entry = { until: now + refusedMs, answer };
    answers.set(key, entry);
    answer.then(
      (value) => {
        entry.until = now + lifeMs(value);
      },
      () => answers.delete(key),
    );
    return answer;
  }

  async function callerOf(request: IncomingMessage): Promise<Caller | undefined> {
    const socket = request.socket as TLSSocket;
    if (socket.authorized) {
      const { CN, O } = socket.getPeerCertificate().subject ?? {};
      return { ...(typeof CN === 'string' ? { username: CN } : {}), groups: O === undefined ? [] : [O].flat() };
    }
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || client === undefined) return undefined;
    const review: TokenReview = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
    const answer = await remembered(
      `token ${token}`,
      () => client.create<TokenReview>(kinds.TokenReview, review),
      ({ status }) => (status?.authenticated === true ? tokenMs : refusedMs),
    );
    return answer.status?.authenticated === true ? (answer.status.user ?? {}) : undefined;
  }

  async function may(caller: Caller, verb: string, subresource: string): Promise<boolean> {
    if (client === undefined) return false;
    const { username = '', uid, groups = [] } = caller;
    const review: SubjectAccessReview = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: {
        user: username,
        groups,
        ...(uid === undefined ? {} : { uid }),
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName },
      },
    };
    const answer = await remembered(
      JSON.stringify(review.spec),
      () => client.create<SubjectAccessReview>(kinds.SubjectAccessReview, review),
      ({ status }) => (status?.allowed === true ? grantedMs : refusedMs),
    );
    return answer.status?.allowed === true;
  }

  /** Undefined when the request may be served. */
  return async (request: IncomingMessage, path: string): Promise<Denial | undefined> => {
    const caller = await callerOf(request);
    if (caller === undefined) return { code: 401, text: 'Unauthorized' };
    if (caller.groups?.includes('system:masters') === true) return undefined;
    const verb = verbs[request.method ?? ''] ?? 'get';
    const wanted = subresources.find(([pattern]) => pattern.test(path))?.[1] ?? ['proxy'];
    for (const subresource of wanted) if (await may(caller, verb, subresource)) return undefined;
    const text = `Forbidden (user=${caller.username ?? ''}, verb=${verb}, resource=nodes, subresource(s)=[${wanted.join(' ')}])`;
    return { code: 403, text };
  };
}
