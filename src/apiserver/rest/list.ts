import type { ApiResponse, EncodedParts } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { type ListResult, StoreError } from '../../store/store.ts';
import { badRequest, type Call } from './call.ts';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token.ts';
import { encodeList } from './encode-list.ts';
import { queryInteger } from './options.ts';
import { expired, parseVersion, parseVersionMatch, tooLargeVersion } from './resource-version.ts';
import { type Selection, selectionOf } from './selection.ts';
import { type Served, servedEntries } from './served.ts';

export async function list(call: Call): Promise<ApiResponse> {
  const page = await collect(call);
  if ('expired' in page) return page.expired;
  const { kind } = call.resource;
  const head = listHead(kind, page);
  // Items of custom resources keep their kind and apiVersion.
  return { status: 200, body: listBody(head, page.entries, kind.custom === undefined ? kind.kind : undefined) };
}

/** A list's type and metadata. Those of custom resources say outright that nothing follows. */
export function listHead(kind: Kind, page: Page): { kind: string; apiVersion: string; metadata: ListMeta } {
  const metadata: ListMeta = {
    resourceVersion: String(page.revision),
    ...(page.continue === undefined && kind.custom === undefined ? {} : { continue: page.continue ?? '' }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  return { kind: listKindOf(kind), apiVersion: apiVersionOf(kind), metadata };
}

const listKindOf = ({ kind, listKind }: Kind): string => listKind ?? `${kind}List`;

interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

interface Page {
  entries: readonly Served[];
  revision: number;
  continue: string | undefined;
  remaining: number | undefined;
}

/** The body's value and bytes, each made only when asked for: callers in process never need the bytes, HTTP never the items. */
function listBody(
  head: { kind: string; apiVersion: string; metadata: ListMeta },
  entries: readonly Served[],
  itemKind: string | undefined,
): ApiResponse['body'] {
  let json: Buffer | EncodedParts | undefined;
  let value: { items: KubeObject[] } | undefined;
  return {
    kind: 'object',
    get value() {
      value ??= { ...head, items: entries.map((entry) => entry.object) };
      return value;
    },
    get json() {
      json ??= encodeList(head, entries, itemKind);
      return json;
    },
  };
}

/** Reads what the list's options ask for. The answer to an expired continue token is a response of its own. */
export async function collect(call: Call): Promise<Page | { expired: ApiResponse }> {
  const { query } = call.request;
  // A negative limit is none, and what may be as old as it likes comes whole (upstream: from the watch cache).
  const limit = Math.max(queryInteger(query, 'limit') ?? 0, 0) * (query.get('resourceVersion') === '0' ? 0 : 1);
  queryInteger(query, 'timeoutSeconds');
  const match = parseVersionMatch(query, false);
  const asked = parseVersion(query.get('resourceVersion'));
  const selection = selectionOf(call);
  const continueText = query.get('continue') ?? '';
  const token = continueText === '' ? undefined : decodeContinue(continueText, selection.prefix);
  if (token !== undefined && asked !== undefined && asked !== 0) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const current = await call.rest.store.revision();
  const wanted = token?.rv ?? asked ?? 0;
  if (wanted > current) throw tooLargeVersion(wanted, current);
  // Exact, and (as upstream's rule for paged lists has it) a version together with a limit and no match, mean that very version.
  const exact = match === 'Exact' || (match === undefined && limit > 0 && asked !== undefined && asked > 0);
  const revision = token !== undefined ? (token.rv > 0 ? token.rv : undefined) : exact ? asked : undefined;
  try {
    return await readPages(call, selection, { limit, after: token?.start, revision });
  } catch (thrown) {
    if (!(thrown instanceof StoreError) || thrown.code !== 'compacted') throw thrown;
    if (token === undefined) throw expired(`The resourceVersion for the provided list is too old.`);
    return { expired: expiredContinue(token, selection) };
  }
}

async function readPages(
  call: Call,
  selection: Selection,
  want: { limit: number; after: string | undefined; revision: number | undefined },
): Promise<Page> {
  const { store } = call.rest;
  const { resource } = call;
  const entries: Served[] = [];
  const matches = selection.matches;
  let { after, revision } = want;
  for (;;) {
    const result: ListResult = await store.list(selection.prefix, {
      ...(want.limit > 0 ? { limit: matches === undefined ? want.limit : Math.max(want.limit, 500) } : {}),
      ...(after === undefined ? {} : { after }),
      ...(revision === undefined ? {} : { revision }),
    });
    revision = result.revision;
    const found = resource.convert === undefined ? result.entries : await servedEntries(resource, result.entries);
    if (want.limit === 0 && matches === undefined) return { entries: found, revision, continue: undefined, remaining: undefined };
    for (const [index, entry] of found.entries()) {
      if (matches === undefined || matches(entry.object)) entries.push(entry);
      if (want.limit > 0 && entries.length === want.limit) {
        const remaining = result.remaining + (result.entries.length - index - 1);
        if (remaining === 0) break;
        const start = entry.key.slice(selection.prefix.length);
        // With a selector the rest is not counted, as it may not match.
        return {
          entries,
          revision,
          continue: encodeContinue({ rv: revision, start }),
          remaining: matches === undefined ? remaining : undefined,
        };
      }
    }
    if (want.limit === 0 || result.remaining === 0) return { entries, revision, continue: undefined, remaining: undefined };
    after = result.entries.at(-1)?.key;
  }
}

/** 410 with a token that goes on from the same place in the newest state, for clients that can live with an inconsistent list. */
function expiredContinue(token: ContinueToken, selection: Selection): ApiResponse {
  const error = new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ' +
      'parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided ' +
      'token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was ' +
      'returned and now may show up in the list.',
  );
  const next = encodeContinue({ rv: -1, start: token.start.slice(selection.prefix.length) });
  return { status: 410, body: { kind: 'object', value: { ...error.toStatus(), metadata: { continue: next } } } };
}
