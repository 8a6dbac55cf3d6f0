import type { Client } from '../../client/client.ts';

/** The API server's side of snapshots and resets: the paths of `src/apiserver/state/paths.ts`. */

/** How many objects a restore made, wrote over and removed. */
export interface Restored {
  added: number;
  modified: number;
  deleted: number;
}

/** An object with its key in the store, as a line of the saved state holds them. */
export type StateEntry = [key: string, object: Record<string, unknown>];

/** A body may have 3 MiB, and an object half of that. */
const partBytes = 1024 * 1024;

/** The cluster's objects, one JSON document a line: `["<key>",<object>]`. The first line is the revision. */
export const readState = (client: Client): Promise<string> => client.raw<string>('GET', '/shoal/v1/state');

export const entriesOf = (state: string): StateEntry[] =>
  state
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as StateEntry);

/** @param upload a name that nobody else uses at the same time. */
export async function writeState(client: Client, entries: readonly StateEntry[], upload: string): Promise<Restored> {
  const path = `/shoal/v1/state/uploads/${encodeURIComponent(upload)}`;
  for (const part of partsOf(entries)) await client.raw('POST', path, { entries: part });
  return client.raw<Restored>('POST', `${path}/restore`, {});
}

function* partsOf(entries: readonly StateEntry[]): Iterable<StateEntry[]> {
  let part: StateEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    const length = JSON.stringify(entry).length;
    if (part.length > 0 && size + length > partBytes) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(entry);
    size += length;
  }
  yield part;
}

/** Makes the present state the one that {@link resetState} goes back to. */
export const markResetPoint = (client: Client): Promise<unknown> => client.raw('POST', '/shoal/v1/reset-point', {});

export const resetState = (client: Client): Promise<Restored> => client.raw<Restored>('POST', '/shoal/v1/reset', {});
