import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { Client } from '../client/client.ts';
import { statePath, timelinePath } from './answer.ts';
import type { ClusterState, Timeline, TimelineEntry, TimelineQuery } from './entry.ts';
import { queryText } from './query.ts';

/** In process an answer that is not an API object comes as the text that it would be on the wire. */
const decoded = <T>(answer: unknown): T => (typeof answer === 'string' ? JSON.parse(answer) : answer) as T;

/** What happened, oldest first. Throws `ApiError`: NotFound where the server keeps no timeline. */
export async function readTimeline(client: Client, query: TimelineQuery = {}): Promise<Timeline> {
  return decoded(await client.raw('GET', `${timelinePath}${queryText(query)}`));
}

/** The same as it happens: what matches already, then each new entry, until the signal aborts. */
export function followTimeline(client: Client, query: TimelineQuery = {}, signal?: AbortSignal): AsyncIterable<TimelineEntry> {
  return client.stream<TimelineEntry>(`${timelinePath}${queryText({ ...query, watch: '1' })}`, signal);
}

/** When: a time in RFC 3339, how long ago (`10m`), or a revision. */
export type When = { at: string } | { revision: number };

/** The cluster as it was. Throws `ApiError`: Expired for what is not kept any more. */
export async function stateAt(client: Client, when: When): Promise<ClusterState> {
  const query: Record<string, string> = 'at' in when ? { at: when.at } : { revision: String(when.revision) };
  return decoded(await client.raw('GET', `${statePath}?${new URLSearchParams(query)}`));
}

/** The objects of one kind in a state, ordered by namespace and name. */
export function itemsOf<T extends KubeObject>(state: ClusterState, { group, plural }: Kind<T>): T[] {
  return (state.lists[group === '' ? plural : `${plural}.${group}`]?.items ?? []) as T[];
}
