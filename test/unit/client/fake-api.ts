import type { ApiRequest, ApiResponse } from '../../../src/api/http.ts';
import type { KubeObject, WatchEvent } from '../../../src/api/object.ts';
import { allKinds } from '../../../src/api/scheme.ts';
import { ApiError } from '../../../src/api/status.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';

export interface FakeApi {
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** Requests so far, as `GET /api/v1/pods?watch=true`. */
  readonly calls: string[];
  /** Puts an object in (create or replace) and tells the watchers. */
  put<T extends KubeObject>(plural: string, object: T): T;
  remove(plural: string, name: string, namespace?: string): void;
  get<T extends KubeObject>(plural: string, name: string, namespace?: string): T | undefined;
  all<T extends KubeObject>(plural: string): T[];
  /** Ends all watches; with an error, by an ERROR event. */
  breakWatches(error?: ApiError): void;
  /** Forgets events, so that watches from before now are expired. */
  compact(): void;
  /** Answers the next requests that match by throwing. */
  failNext(match: RegExp, error: ApiError, times?: number): void;
  /** Makes DELETE of a pod only set its deletionTimestamp, as a graceful deletion begins. */
  graceful: boolean;
}

interface Logged {
  plural: string;
  revision: number;
  event: WatchEvent;
}

/** A few verbs of the API over plain maps: enough for informers, the recorder and the scheduler. */
export function createFakeApi(): FakeApi {
  const objects = new Map<string, KubeObject>();
  const log: Logged[] = [];
  const calls: string[] = [];
  const watchers = new Set<{ wake: () => void; end: (error?: ApiError) => void }>();
  const failures: { match: RegExp; error: ApiError; left: number }[] = [];
  let revision = 10;
  let compacted = 0;
  let uid = 0;

  const keyOf = (plural: string, namespace: string | undefined, name: string): string => `${plural}/${namespace ?? ''}/${name}`;
  const emit = (plural: string, event: WatchEvent): void => {
    log.push({ plural, revision, event });
    for (const watcher of watchers) watcher.wake();
  };
  const put = <T extends KubeObject>(plural: string, object: T): T => {
    const kind = allKinds.find((row) => row.plural === plural);
    const key = keyOf(plural, object.metadata.namespace, object.metadata.name ?? '');
    const previous = objects.get(key);
    const metadata = { uid: previous?.metadata.uid ?? `uid-${++uid}`, ...object.metadata, resourceVersion: String(++revision) };
    const apiVersion = kind === undefined || kind.group === '' ? 'v1' : `${kind.group}/${kind.version}`;
    const stored: T = { apiVersion, kind: kind?.kind ?? '', ...structuredClone(object), metadata };
    objects.set(key, stored);
    emit(plural, { type: previous === undefined ? 'ADDED' : 'MODIFIED', object: stored });
    return stored;
  };
  const remove = (plural: string, name: string, namespace?: string): KubeObject => {
    const key = keyOf(plural, namespace, name);
    const last = objects.get(key);
    if (last === undefined) throw new ApiError('NotFound', `${plural} "${name}" not found`);
    objects.delete(key);
    revision++;
    emit(plural, { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } } });
    return last;
  };

  async function* watch(plural: string, from: number, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    let wake = (): void => undefined;
    let ended: { error?: ApiError } | undefined;
    const watcher = {
      wake: () => wake(),
      end: (error?: ApiError) => {
        ended = error === undefined ? {} : { error };
        wake();
      },
    };
    watchers.add(watcher);
    signal.addEventListener('abort', () => watcher.end());
    let next = 0;
    try {
      while (true) {
        for (; next < log.length; next++) {
          const entry = log[next];
          if (entry !== undefined && entry.plural === plural && entry.revision > from) yield entry.event;
        }
        if (ended !== undefined) {
          if (ended.error !== undefined) yield { type: 'ERROR', object: ended.error.toStatus() as unknown as KubeObject };
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      watchers.delete(watcher);
    }
  }

  const answer = (value: unknown, status = 200): ApiResponse => ({ status, body: { kind: 'object', value } });
  const handle = async (request: ApiRequest): Promise<ApiResponse> => {
    const query = request.query.toString();
    const call = `${request.method} ${request.path}${query === '' ? '' : `?${query}`}`;
    calls.push(call);
    await null;
    const failure = failures.find((row) => row.left > 0 && row.match.test(call));
    if (failure !== undefined) {
      failure.left--;
      return answer(failure.error.toStatus(), failure.error.code);
    }
    const parts = request.path.split('/').slice(request.path.startsWith('/apis/') ? 4 : 3);
    const namespace = parts[0] === 'namespaces' && parts.length > 2 ? parts[1] : undefined;
    const [plural = '', name, subresource] = namespace === undefined ? parts : parts.slice(2);
    if (name === undefined && request.method === 'GET') {
      if (request.query.get('watch') !== 'true') {
        const prefix = `${plural}/${namespace === undefined ? '' : `${namespace}/`}`;
        const items = [...objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
        return answer({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: String(revision) }, items });
      }
      const from = Number(request.query.get('resourceVersion') ?? 0);
      if (from < compacted) return answer(new ApiError('Expired', 'too old resource version').toStatus(), 410);
      return { status: 200, body: { kind: 'watch', events: watch(plural, from, request.signal) } };
    }
    const body = request.body as KubeObject | undefined;
    if (request.method === 'POST' && name === undefined && body !== undefined) return answer(put(plural, body), 201);
    const old = objects.get(keyOf(plural, namespace, name ?? ''));
    if (old === undefined) return answer(new ApiError('NotFound', `${plural} "${name}" not found`).toStatus(), 404);
    if (request.method === 'POST' && subresource === 'binding') {
      const pod = old as Pod;
      const target = (body as unknown as { target: { name: string } }).target.name;
      return answer(put(plural, { ...pod, spec: { containers: [], ...pod.spec, nodeName: target } }), 201);
    }
    if (request.method === 'PUT' && body !== undefined) {
      const expected = body.metadata.resourceVersion;
      if (expected !== undefined && expected !== old.metadata.resourceVersion) {
        return answer(new ApiError('Conflict', 'the object has been modified').toStatus(), 409);
      }
      return answer(put(plural, body));
    }
    if (request.method === 'PATCH') return answer(put(plural, merge(old, body) as KubeObject));
    if (request.method === 'DELETE' && plural === 'pods' && api.graceful) {
      return answer(put(plural, { ...old, metadata: { ...old.metadata, deletionTimestamp: '2026-01-01T00:00:30Z' } }));
    }
    if (request.method === 'DELETE') return answer(remove(plural, name ?? '', namespace));
    return answer(old);
  };

  const api: FakeApi = {
    graceful: false,
    handle,
    calls,
    put,
    remove: (plural, name, namespace) => void remove(plural, name, namespace),
    get: <T extends KubeObject>(plural: string, name: string, namespace?: string) => objects.get(keyOf(plural, namespace, name)) as T,
    all: <T extends KubeObject>(plural: string) =>
      [...objects].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object as T),
    breakWatches(error) {
      for (const watcher of watchers) watcher.end(error);
    },
    compact() {
      log.length = 0;
      compacted = ++revision;
    },
    failNext: (match, error, times = 1) => void failures.push({ match, error, left: times }),
  };
  return api;
}

/** JSON merge patch, with conditions merged by type as the strategic patch would. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (key === 'conditions') result[key] = mergeConditions((result[key] ?? []) as Typed[], value as Typed[]);
    else result[key] = merge(result[key] ?? {}, value);
  }
  return result;
}

type Typed = { type: string };
const mergeConditions = (old: Typed[], patch: Typed[]): Typed[] => [
  ...old.filter((row) => !patch.some((other) => other.type === row.type)),
  ...patch.filter((row) => !('$patch' in row)).map((row) => ({ ...old.find((other) => other.type === row.type), ...row })),
];
