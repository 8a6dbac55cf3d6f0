import type { ApiBody, ApiResponse } from '../../api/http.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { type Entry, StoreError, type StoreEvent, type StoreWatch } from '../../store/store.ts';
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
/** A watch that names no timeout ends after 30 to 60 minutes (upstream: --min-request-timeout). */
const defaultTimeoutSeconds = 1800;
/** Marks the bookmark after the initial events of a streaming list. */
const initialEventsEnd = 'k8s.io/initial-events-end';

export async function watch(call: Call): Promise<ApiResponse> {
  const { query } = call.request;
  parseVersionMatch(query, true);
  const flag = (name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';
  const bookmarks = flag('allowWatchBookmarks');
  const asked = parseVersion(query.get('resourceVersion'));
  const timeout = queryInteger(query, 'timeoutSeconds') ?? 0;
  if (timeout < 0) throw badRequest('timeoutSeconds must be positive');
  const seconds = timeout > 0 ? timeout : defaultTimeoutSeconds * (1 + call.rest.random());
  const plan = {
    selection: selectionOf(call),
    // Without a version the present state comes first; sendInitialEvents says it outright, either way.
    initial: query.has('sendInitialEvents') ? flag('sendInitialEvents') : asked === undefined || asked === 0,
    marksEnd: flag('sendInitialEvents'),
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
  let first: Entry[] = [];
  let from = plan.from ?? (await store.revision());
  if (plan.initial) {
    const listed = await store.list(plan.selection.prefix);
    first = listed.entries;
    from = listed.revision;
  }
  try {
    const events = await store.watch(plan.selection.prefix, Math.min(from, await store.revision()));
    return stream(call, plan, first, from, events);
  } catch (thrown) {
    if (!(thrown instanceof StoreError) || thrown.code !== 'compacted') throw thrown;
    const error = expired(`too old resource version: ${from} (${await store.compactedRevision()})`);
    return once({ type: 'ERROR', object: error.toStatus() as unknown as KubeObject });
  }
}

async function* once(event: WatchedEvent): AsyncGenerator<WatchedEvent> {
  yield event;
}

/** The events of one watch until the caller leaves, the timeout passes or the store closes. */
async function* stream(call: Call, plan: Plan, first: Entry[], from: number, source: StoreWatch): AsyncGenerator<WatchedEvent> {
  const { clock, store } = call.rest;
  const { signal } = call.request;
  const close = (): void => source.close();
  const timeout = clock.after(plan.timeoutMs, close, { unref: true });
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const alarm = plan.bookmarks ? bookmarkAlarm(call) : undefined;
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (const entry of first) {
      const initial: StoreEvent = { type: 'ADDED', entry, previous: undefined };
      const event =
        call.resource.convert === undefined ? select(plan.selection, initial) : await selectServed(call, plan.selection, initial);
      if (event !== undefined) yield event;
    }
    if (plan.marksEnd) yield bookmark(call, from, true);
    let next = iterator.next();
    for (let due = false; ; ) {
      // A bookmark's revision is read first; the events up to it are in the watch's queue by then and go out before it.
      const revision = due ? await store.revision() : 0;
      let ready = await (due ? settled(next) : wait(next, alarm));
      while (ready !== undefined) {
        if (ready.done === true) return;
        next = iterator.next();
        const { value } = ready;
        const event =
          value.entry.revision <= from
            ? undefined
            : call.resource.convert === undefined
              ? select(plan.selection, value)
              : await selectServed(call, plan.selection, value);
        if (event !== undefined) yield event;
        ready = await (due ? settled(next) : wait(next, alarm));
      }
      if (due) yield bookmark(call, revision, false);
      due = !due && alarm?.take() === true;
    }
  } catch (thrown) {
    if (!(thrown instanceof StoreError) || thrown.code !== 'compacted') throw thrown;
    yield { type: 'ERROR', object: expired('too old resource version: the watch fell behind').toStatus() as unknown as KubeObject };
  } finally {
    timeout.cancel();
    alarm?.cancel();
    signal.removeEventListener('abort', close);
    source.close();
  }
}

/** The promise's value when it is there already; undefined when it is still to come. */
function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
}

/** The promise's value, or undefined when the alarm goes off first. */
function wait<T>(promise: Promise<T>, alarm: Alarm | undefined): Promise<T | undefined> {
  if (alarm === undefined) return promise;
  return new Promise((resolve, reject) => {
    alarm.onRing(() => resolve(undefined));
    promise.then(resolve, reject);
  });
}

interface Alarm {
  /** Calls back at the next ring (at once when one was not taken yet); replaces the last callback. */
  onRing(wake: () => void): void;
  /** Whether it has rung since it was last taken. */
  take(): boolean;
  cancel(): void;
}

function bookmarkAlarm(call: Call): Alarm {
  let rung = false;
  let wake: () => void = () => undefined;
  const ring = (): void => {
    rung = true;
    timer = arm();
    wake();
  };
  const arm = () => call.rest.clock.after(bookmarkEveryMs, ring, { unref: true });
  let timer = arm();
  return {
    onRing(callback) {
      wake = callback;
      if (rung) callback();
    },
    take() {
      const was = rung;
      rung = false;
      return was;
    },
    cancel: () => timer.cancel(),
  };
}

type ServedEvent = Pick<StoreEvent, 'type'> & { entry: Served; previous: Served | undefined };

/** The same where what is stored is not what is served. */
async function selectServed(call: Call, selection: Selection, { type, entry, previous }: StoreEvent): Promise<WatchedEvent | undefined> {
  const [now, before] = await servedEntries(call.resource, previous === undefined ? [entry] : [entry, previous]);
  return now === undefined ? undefined : select(selection, { type, entry: now, previous: before });
}

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
