import type { ApiBody, ApiResponse } from '../../api/http.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { type Entry, StoreError, type StoreEvent, type StoreWatch } from '../../store/store.ts';
import { queryFlag } from '../paths.ts';
import { badRequest, type Call } from './call.ts';
import { queryInteger } from './options.ts';
import { expired, parseVersion, parseVersionMatch } from './resource-version.ts';
import { type Selection, selectionOf } from './selection.ts';
import { type Served, servedEntries } from './served.ts';

type WatchedEvent = ApiBody extends infer Body
  ? Body extends { kind: 'watch'; events: AsyncIterable<infer Event> }
    ? Event
    : never
  : never;

/** How often a watch that allows bookmarks gets one (upstream's watch cache: about a minute). */
const bookmarkEveryMs = 60_000;
/** How long before its end a watch gets its last one, so that the next watch goes on from there. */
const lastBookmarkMs = 2000;
/** A watch that names no timeout ends after 30 to 60 minutes (upstream: --min-request-timeout). */
const defaultTimeoutSeconds = 1800;
/** Marks the bookmark after the initial events of a streaming list. */
const initialEventsEnd = 'k8s.io/initial-events-end';

export async function watch(call: Call): Promise<ApiResponse> {
  const { query } = call.request;
  parseVersionMatch(query, true);
  const bookmarks = queryFlag(query, 'allowWatchBookmarks');
  const asked = parseVersion(query.get('resourceVersion'));
  const timeout = queryInteger(query, 'timeoutSeconds') ?? 0;
  if (timeout < 0) throw badRequest('timeoutSeconds must be positive');
  const seconds = timeout > 0 ? timeout : defaultTimeoutSeconds * (1 + call.rest.random());
  const plan = {
    selection: selectionOf(call),
    // Without a version the present state comes first; sendInitialEvents says it outright, either way.
    initial: query.has('sendInitialEvents') ? queryFlag(query, 'sendInitialEvents') : asked === undefined || asked === 0,
    marksEnd: bookmarks && queryFlag(query, 'sendInitialEvents'),
    from: asked === undefined || asked === 0 ? undefined : asked,
    bookmarks,
    timeoutMs: seconds * 1000,
  };
  return { status: 200, body: { kind: 'watch', events: await open(call, plan) } };
}

interface Plan {
  selection: Selection;
  initial: boolean;
  marksEnd: boolean;
  from: number | undefined;
  bookmarks: boolean;
  timeoutMs: number;
}

async function open(call: Call, plan: Plan): Promise<AsyncIterable<WatchedEvent>> {
  const { store } = call.rest;
  let first: readonly Entry[] = [];
  let from = plan.from ?? (await store.revision());
  if (plan.initial) {
    const listed = await store.list(plan.selection.prefix);
    first = listed.entries;
    from = listed.revision;
  }
  try {
    const { selection } = plan;
    const start = Math.min(from, await store.revision());
    const initial = first.map((entry): StoreEvent => ({ type: 'ADDED', entry, previous: undefined }));
    const end = plan.marksEnd ? [bookmark(call, from, true)] : [];
    // Where the stored form is not the served form, what an event is to this watch takes a conversion, and that may take time.
    if (call.resource.convert !== undefined) {
      const events = await store.watch<StoreEvent | WatchedEvent>(selection.prefix, start, (event) =>
        event.entry.revision > from ? event : undefined,
      );
      return servedStream(call, selection, stream(call, plan, [...initial, ...end], events));
    }
    const events = await store.watch(selection.prefix, start, (event) =>
      event.entry.revision > from ? select(selection, event) : undefined,
    );
    const seen = initial.map((event) => select(selection, event)).filter((event) => event !== undefined);
    return stream(call, plan, [...seen, ...end], events);
  } catch (thrown) {
    if (!isCompacted(thrown)) throw thrown;
    const error = expired(`too old resource version: ${from} (${await store.compactedRevision()})`);
    return once({ type: 'ERROR', object: error.toStatus() as unknown as KubeObject });
  }
}

const isCompacted = (thrown: unknown): boolean => thrown instanceof StoreError && thrown.code === 'compacted';

async function* once(event: WatchedEvent): AsyncGenerator<WatchedEvent> {
  yield event;
}

/**
 * What comes first, and then the events until the caller leaves, the timeout passes or the store closes. Written out, because
 * a chain of generators would cost each of hundreds of watches more for each event than sending it.
 */
function stream<T>(call: Call, plan: Plan, first: readonly T[], source: StoreWatch<T | WatchedEvent>): AsyncIterable<T | WatchedEvent> {
  const { clock } = call.rest;
  const { signal } = call.request;
  const end = (): void => {
    timeout.cancel();
    alarm?.cancel();
    last?.cancel();
    signal.removeEventListener('abort', end);
    source.close();
  };
  const timeout = clock.after(plan.timeoutMs, end, { unref: true });
  const markNow = (): void => source.mark((revision) => bookmark(call, revision, false));
  const mark = (): void => {
    alarm = clock.after(bookmarkEveryMs, mark, { unref: true });
    markNow();
  };
  let alarm = plan.bookmarks ? clock.after(bookmarkEveryMs, mark, { unref: true }) : undefined;
  const last =
    plan.bookmarks && plan.timeoutMs > lastBookmarkMs ? clock.after(plan.timeoutMs - lastBookmarkMs, markNow, { unref: true }) : undefined;
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const live = source[Symbol.asyncIterator]();
  const failed = (thrown: unknown): IteratorResult<WatchedEvent, undefined> => {
    end();
    if (!isCompacted(thrown)) throw thrown;
    const error = expired('too old resource version: the watch fell behind');
    return { done: false, value: { type: 'ERROR', object: error.toStatus() as unknown as KubeObject } };
  };
  // An iterator of an array lets go of it at its end: the watch must not hold on to objects that have changed since.
  const beginning = first.values();
  const next = (): Promise<IteratorResult<T | WatchedEvent, undefined>> => {
    const initial = signal.aborted ? undefined : beginning.next();
    return initial === undefined || initial.done === true ? live.next().catch(failed) : Promise.resolve(initial);
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        end();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** The same where what is stored is not what is served. */
async function* servedStream(
  call: Call,
  selection: Selection,
  events: AsyncIterable<StoreEvent | WatchedEvent>,
): AsyncGenerator<WatchedEvent> {
  for await (const event of events) {
    if (!('entry' in event)) {
      yield event;
      continue;
    }
    const { type, entry, previous } = event;
    const [now, before] = await servedEntries(call.resource, previous === undefined ? [entry] : [entry, previous]);
    const selected = now === undefined ? undefined : select(selection, { type, entry: now, previous: before });
    if (selected !== undefined) yield selected;
  }
}

type ServedEvent = Pick<StoreEvent, 'type'> & { entry: Served; previous: Served | undefined };

/** The event as this watch sees it: objects that come to match or cease to are ADDED and DELETED to it. */
function select({ matches }: Selection, { type, entry, previous }: ServedEvent): WatchedEvent | undefined {
  const { object, json } = entry;
  const same = json === undefined ? {} : { json };
  if (matches === undefined) return { type, object, ...same };
  const before = previous !== undefined && matches(previous.object);
  if (type === 'DELETED') return before ? { type, object, ...same } : undefined;
  if (matches(object)) return { type: before ? 'MODIFIED' : 'ADDED', object, ...same };
  if (!before || previous === undefined) return undefined;
  // Leaving: the last state that matched, at the revision that took it away.
  const last = previous.object;
  return { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion: String(entry.revision) } } };
}

function bookmark(call: Call, revision: number, initialEnd: boolean): WatchedEvent {
  const { kind } = call.resource;
  const annotations = initialEnd ? { annotations: { [initialEventsEnd]: 'true' } } : {};
  return {
    type: 'BOOKMARK',
    object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: { resourceVersion: String(revision), ...annotations } },
  };
}
