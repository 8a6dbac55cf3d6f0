import type { ApiResponse } from '../../api/http.ts';
import { objectKey } from '../../store/keys.ts';
import type { Entry } from '../../store/store.ts';
import { type Call, notFound, objectResponse, scopeOf } from './call.ts';

/** The stored entry that the request names; throws NotFound. */
export async function entryOf(call: Call, name = call.info.name): Promise<Entry> {
  const entry = await call.rest.store.get(objectKey(call.resource.storage, scopeOf(call), name));
  if (entry === undefined) throw notFound(call, name);
  return entry;
}

export async function get(call: Call): Promise<ApiResponse> {
  return objectResponse(call, await entryOf(call));
}
