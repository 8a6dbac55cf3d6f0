import { allKinds } from '../api/scheme.ts';
import { ApiError } from '../api/status.ts';
import { parseDuration } from '../util/duration.ts';
import type { TimelineEntry, TimelineQuery } from './entry.ts';
import type { EntryQuery } from './journal.ts';

const defaultLimit = 1000;

/** Milliseconds since the epoch of RFC 3339 or of how long ago (`10m`); undefined for neither. */
export function timeOf(text: string, now: number): number | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

const badRequest = (message: string): ApiError => new ApiError('BadRequest', message);

/** The kind's name for `pod`, `po` or `Pods`; what is no built-in kind is taken as it is, in lower case. */
function kindNamed(text: string): string {
  const name = text.toLowerCase();
  const found = allKinds.find(
    ({ kind, plural, shortNames }) => kind.toLowerCase() === name || plural === name || shortNames.includes(name),
  );
  return (found?.kind ?? name).toLowerCase();
}

/** What a request's query asks for. Throws `ApiError` 400 for what cannot be read. */
export function entryQuery(query: URLSearchParams, now: number): EntryQuery {
  const time = (name: 'since' | 'until'): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    const at = timeOf(text, now);
    if (at === undefined)
      throw badRequest(`${name}: ${JSON.stringify(text)} is neither a time such as 2026-01-31T12:00:00Z nor a duration such as 10m`);
    return at;
  };
  const count = (name: 'limit' | 'after'): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name}: ${JSON.stringify(text)} is not a number`);
    return Number(text);
  };
  const [since, until, after] = [time('since'), time('until'), count('after')];
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(after === undefined ? {} : { after }),
    limit: count('limit') ?? defaultLimit,
    matches: matcher(query.get('namespace') ?? '', query.get('object') ?? ''),
  };
}

function matcher(namespace: string, object: string): EntryQuery['matches'] {
  const slash = object.indexOf('/');
  if (object !== '' && slash < 1) throw badRequest(`object: ${JSON.stringify(object)} is not of the form kind/name`);
  const wanted = object === '' ? undefined : `${kindNamed(object.slice(0, slash))}/${object.slice(slash + 1)}`;
  const isWanted = (kind: string, name: string): boolean => `${kind.toLowerCase()}/${name}` === wanted;
  return (entry: TimelineEntry) => {
    if (namespace !== '' && entry.object.namespace !== namespace) return false;
    if (wanted === undefined || isWanted(entry.object.kind, entry.object.name)) return true;
    return (entry.owners ?? []).some((owner) => isWanted(...(owner.split('/', 2) as [string, string])));
  };
}

/** The query as a path's, for {@link entryQuery} to read. */
export function queryText(query: TimelineQuery & { watch?: string }): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
}
