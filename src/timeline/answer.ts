import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { KubeObject, WatchEvent } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import type { Clock } from '../util/clock.ts';
import type { Oldest, Timeline, TimelineEntry } from './entry.ts';
import type { EntryQuery, Journal, Moment } from './journal.ts';
import { entryQuery, timeOf } from './query.ts';
import type { TimelineRecord } from './timeline.ts';

export const timelinePath = '/shoal/v1/timeline' as const;
export const statePath = '/shoal/v1/timeline/state' as const;

const json = (data: string | Buffer): ApiResponse => ({ status: 200, body: { kind: 'raw', contentType: 'application/json', data } });
const oldestOf = ({ oldest: { revision, at } }: Journal): Oldest => ({ revision, at: new Date(at).toISOString() });

/** `GET /shoal/v1/timeline`: a {@link Timeline}, or with `watch=1` watch events of entries, those that match already first. */
export function answerTimeline(timeline: TimelineRecord, { query, signal }: ApiRequest, clock: Clock): ApiResponse {
  const asked = entryQuery(query, clock.now());
  if (query.has('watch')) return { status: 200, body: { kind: 'watch', events: followed(timeline, asked, signal) } };
  const journal = timeline.read();
  const answer: Timeline = { kind: 'Timeline', oldest: oldestOf(journal), entries: journal.entries(asked) };
  return json(JSON.stringify(answer));
}

/** Where a reader does not take them, entries wait up to this many; then the stream ends, and the reader asks again. */
const backlog = 100_000;

async function* followed(timeline: TimelineRecord, asked: EntryQuery, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const queue: TimelineEntry[] = timeline.read().entries(asked);
  let wake: () => void = () => undefined;
  const leave = timeline.follow((entries) => {
    queue.push(...entries.filter(asked.matches));
    wake();
  });
  const aborted = (): void => wake();
  signal.addEventListener('abort', aborted, { once: true });
  try {
    while (!signal.aborted && queue.length < backlog) {
      for (const entry of queue.splice(0)) yield { type: 'ADDED', object: entry as unknown as KubeObject };
      if (queue.length > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    leave();
    signal.removeEventListener('abort', aborted);
  }
}

/**
 * `GET /shoal/v1/timeline/state?at=2026-01-31T12:00:00Z` (or `at=10m`, or `revision=123`; now when neither is given): the
 * objects that there were. 410 for what is not kept any more.
 */
export function answerState(timeline: TimelineRecord, { query }: ApiRequest, clock: Clock): ApiResponse {
  const journal = timeline.read();
  const { revision, at } = momentAsked(journal, timeline.seen, query, clock.now());
  const head = JSON.stringify({ kind: 'ClusterState', at: new Date(at).toISOString(), revision, oldest: oldestOf(journal) });
  const parts: Uint8Array[] = [Buffer.from(`${head.slice(0, -1)},"lists":{`)];
  for (const [resource, items] of journal.stateAt(revision)) {
    const list = `{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":"${revision}"},"items":[`;
    parts.push(Buffer.from(`${parts.length === 1 ? '' : ','}${JSON.stringify(resource)}:${list}`), items, Buffer.from(']}'));
  }
  return json(Buffer.concat([...parts, Buffer.from('}}')]));
}

function momentAsked(journal: Journal, seen: number, query: URLSearchParams, now: number): Moment {
  const revision = query.get('revision');
  const at = query.get('at');
  const time = at === null ? now : timeOf(at, now);
  if ((revision !== null && !/^\d{1,15}$/.test(revision)) || time === undefined) {
    throw new ApiError('BadRequest', 'say at=TIME, such as 2026-01-31T12:00:00Z or 10m, or revision=NUMBER');
  }
  const moment = revision === null ? journal.momentAt(time) : Number(revision) > seen ? undefined : journal.momentOf(Number(revision));
  if (moment !== undefined) return moment;
  const { revision: first, at: from } = journal.oldest;
  throw new ApiError('Expired', `history is kept from ${new Date(from).toISOString()} (revision ${first}) to revision ${seen}`);
}
