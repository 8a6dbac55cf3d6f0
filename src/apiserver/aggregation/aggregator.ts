import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { APIService } from '../../api/types/apiregistration-v1.ts';
import type { Clock, Timer } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import { follow } from '../auth/follow.ts';
import type { UserInfo } from '../auth/user.ts';
import { forward } from '../proxy/forward.ts';
import type { Target } from '../proxy/target.ts';
import { type EndpointSource, serviceEndpoint } from '../service/endpoint.ts';
import { type Availability, checkAvailability, recordAvailability, saysSo } from './availability.ts';
import { type FrontProxy, userHeaders } from './front-proxy.ts';
import { isAvailable, type RemoteService, remoteOf, remoteTarget } from './remote.ts';

/** Hands groups and versions that have an APIService with a Service over to the server behind it. */
export interface Aggregator {
  /** Reads the APIServices and follows them. */
  start(frontProxy: FrontProxy | undefined): Promise<void>;
  /** The remote server that answers `path`; undefined where this server does. */
  find(path: string): RemoteService | undefined;
  /** Every remote group and version, for discovery. */
  all(): Iterable<RemoteService>;
  proxy(remote: RemoteService, request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
  /** Where a request to switch protocols goes, and the headers that say for whom. Undefined while the server is unavailable. */
  upgradeTarget(remote: RemoteService, request: ApiRequest, user: UserInfo): Promise<{ target: Target; headers: Headers } | undefined>;
  close(): void;
}

type Headers = Record<string, string | string[]>;

/** A healthy server is looked at this often; one that is not, sooner and sooner less. */
const checkEveryMs = 30_000;
const firstRetryMs = 250;

const unavailable: ApiResponse = {
  status: 503,
  body: { kind: 'raw', contentType: 'text/plain; charset=utf-8', data: 'service unavailable\n' },
};

export function createAggregator(options: EndpointSource & { clock: Clock; log: Logger }): Aggregator {
  const { store, clock, log } = options;
  const remotes = new Map<string, RemoteService>();
  const checks = new Map<string, { timer: Timer | undefined; failures: number; told: Availability | undefined }>();
  let frontProxy: FrontProxy | undefined;
  let closed = false;
  // Begun with the first remote server: most clusters have none.
  let backends: Promise<void> | undefined;

  const check = async (name: string): Promise<void> => {
    const remote = remotes.get(name);
    const state = checks.get(name);
    if (remote === undefined || state === undefined || closed) return;
    const outcome = await checkAvailability(options, remote, frontProxy);
    if (remotes.get(name) !== remote || closed) return;
    if (outcome.resources !== undefined) remote.resources = outcome.resources;
    state.failures = outcome.status === 'True' ? 0 : state.failures + 1;
    state.told = outcome;
    await recordAvailability(store, clock, name, outcome);
    const wait = state.failures === 0 ? checkEveryMs : Math.min(checkEveryMs, firstRetryMs * 2 ** state.failures);
    plan(name, wait);
  };
  const plan = (name: string, ms: number): void => {
    const state = checks.get(name) ?? { timer: undefined, failures: 0, told: undefined };
    checks.set(name, state);
    state.timer?.cancel();
    state.timer = clock.after(ms, () => void check(name).catch((thrown) => log.warn(`APIService ${name}: ${messageOf(thrown)}`)), {
      unref: true,
    });
  };
  const set = (object: APIService): void => {
    const name = object.metadata.name ?? '';
    const next = remoteOf(object);
    const before = remotes.get(name);
    if (next === undefined) {
      remove(object);
      return;
    }
    const same = before !== undefined && JSON.stringify(before.object.spec) === JSON.stringify(object.spec);
    if (same) {
      before.object = object;
      // Whoever else writes the condition is corrected.
      const told = checks.get(name)?.told;
      if (told !== undefined && !saysSo(object, told)) plan(name, 0);
      return;
    }
    remotes.set(name, next);
    backends ??= followBackends();
    plan(name, 0);
  };
  const remove = ({ metadata: { name = '' } }: APIService): void => {
    remotes.delete(name);
    checks.get(name)?.timer?.cancel();
    checks.delete(name);
  };
  /** What changes behind a Service is looked at at once. */
  const touched = (namespace: string, service: string): void => {
    for (const [name, remote] of remotes) {
      if (remote.service.namespace === namespace && remote.service.name === service) plan(name, 0);
    }
  };
  const followBackends = async (): Promise<void> => {
    const service = ({ metadata }: KubeObject): void => touched(metadata.namespace ?? '', metadata.name ?? '');
    const slice = ({ metadata }: KubeObject): void =>
      touched(metadata.namespace ?? '', metadata.labels?.['kubernetes.io/service-name'] ?? '');
    await follow(store, kinds.Service, { set: service, remove: service });
    await follow(store, kinds.EndpointSlice, { set: slice, remove: slice });
  };
  const targetOf = async (remote: RemoteService, { path, query }: ApiRequest): Promise<Target> => {
    const endpoint = await serviceEndpoint(options, { ...remote.service, port: String(remote.service.port) });
    return remoteTarget(remote, endpoint, query.size === 0 ? path : `${path}?${query}`, frontProxy);
  };

  return {
    async start(given) {
      frontProxy = given;
      await follow(store, kinds.APIService, { set, remove });
      await backends;
    },
    find(path) {
      if (remotes.size === 0 || !path.startsWith('/apis/')) return undefined;
      const [, , group = '', version = ''] = path.split('/', 4);
      return remotes.get(`${version}.${group}`);
    },
    all: () => remotes.values(),
    async proxy(remote, request, user) {
      if (!isAvailable(remote.object)) return unavailable;
      const response = await forward(await targetOf(remote, request), request, userHeaders(user));
      return request.stream === undefined && !request.query.has('watch') ? decoded(response) : response;
    },
    async upgradeTarget(remote, request, user) {
      if (!isAvailable(remote.object)) return undefined;
      return { target: await targetOf(remote, request), headers: userHeaders(user) };
    },
    close() {
      closed = true;
      for (const { timer } of checks.values()) timer?.cancel();
    },
  };
}

/** For callers in this process, who take objects and not bytes. */
async function decoded(response: ApiResponse): Promise<ApiResponse> {
  const { body } = response;
  if (body.kind !== 'raw' || !body.contentType.startsWith('application/json') || typeof body.data === 'string') return response;
  const chunks: Buffer[] = [];
  if (Buffer.isBuffer(body.data)) chunks.push(body.data);
  else for await (const chunk of body.data) chunks.push(Buffer.from(chunk));
  return { ...response, body: { kind: 'object', value: JSON.parse(Buffer.concat(chunks).toString('utf8')) } };
}
