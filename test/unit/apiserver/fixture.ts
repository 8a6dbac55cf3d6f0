import type { ApiRequest, ApiResponse } from '../../../src/api/http.ts';
import type { KubeList, KubeObject, WatchEvent } from '../../../src/api/object.ts';
import type { Status } from '../../../src/api/types/meta-v1.ts';
import { loopbackUser, type UserInfo } from '../../../src/apiserver/auth/user.ts';
import { type ApiServer, createApiServer } from '../../../src/apiserver/server.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by path
type Loose = any;

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Loose;
}

export interface Server {
  server: ApiServer;
  store: Store;
  clock: VirtualClock;
  call(
    method: ApiRequest['method'],
    url: string,
    body?: unknown,
    options?: { type?: string; accept?: string; user?: UserInfo },
  ): Promise<Answer>;
  get(url: string): Promise<Answer>;
  post(url: string, body: unknown): Promise<Answer>;
  /** Opens a watch; `next(n)` gives the next n events. */
  watch(url: string): Promise<{ next(count: number): Promise<WatchEvent<Loose>[]>; close(): void; ended: Promise<void> }>;
}

/** A server over a memory store on virtual time, without HTTP, with the service account that pods need. Objects are frozen, so that changing a shared one fails. */
export async function startServer(options: { random?: () => number } = {}): Promise<Server> {
  const clock = virtualClock();
  const store = createMemoryStore({ clock, freeze: true });
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const server = createApiServer({ store, clock, log: silentLogger, random: options.random ?? random });
  await server.bootstrap();
  const send = (
    method: ApiRequest['method'],
    url: string,
    body: unknown,
    headers: ApiRequest['headers'],
    signal: AbortSignal,
    user: UserInfo,
  ) => {
    const [path = '', search = ''] = url.split('?');
    const request: ApiRequest = {
      method,
      path,
      query: new URLSearchParams(search),
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
    };
    return server.handle(request, user);
  };
  const never = new AbortController().signal;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', account, {}, never, loopbackUser);
  const call: Server['call'] = async (method, url, body, options = {}) => {
    const headers = { accept: options.accept, 'content-type': options.type ?? (body === undefined ? undefined : 'application/json') };
    return answerOf(await send(method, url, body, headers, never, options.user ?? loopbackUser));
  };
  return {
    server,
    store,
    clock,
    call,
    get: (url) => call('GET', url),
    post: (url, body) => call('POST', url, body),
    async watch(url) {
      const left = new AbortController();
      const { body } = await send('GET', url, undefined, {}, left.signal, loopbackUser);
      if (body.kind !== 'watch') throw new Error(`no watch: ${JSON.stringify(body)}`);
      const iterator = body.events[Symbol.asyncIterator]();
      const ended = Promise.withResolvers<void>();
      return {
        ended: ended.promise,
        close: () => left.abort(),
        async next(count) {
          const events: WatchEvent<KubeObject>[] = [];
          while (events.length < count) {
            const { value, done } = await iterator.next();
            if (done === true) {
              ended.resolve();
              break;
            }
            events.push(value);
          }
          return events;
        },
      };
    },
  };
}

function answerOf({ status, headers = {}, body }: ApiResponse): Answer {
  if (body.kind === 'object') return { status, headers, body: body.value as KubeObject | KubeList | Status };
  return { status, headers, body: body.kind === 'raw' ? String(body.data) : body };
}

export const configMap = (name: string, extra: Partial<KubeObject> & { data?: Record<string, string> } = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  ...extra,
  metadata: { name, ...extra.metadata },
});

export const pod = (name: string, extra: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  ...{ spec: { containers: [{ name: 'c', image: 'nginx' }], ...extra } },
});

export const configMaps = '/api/v1/namespaces/default/configmaps';
export const pods = '/api/v1/namespaces/default/pods';
export const merge = 'application/merge-patch+json';
export const strategic = 'application/strategic-merge-patch+json';
