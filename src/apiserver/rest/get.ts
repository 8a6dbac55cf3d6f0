import type { ApiResponse } from '../../api/http.ts';
import { objectKey } from '../../store/keys.ts';
import type { Entry } from '../../store/store.ts';
import { queryFlag } from '../paths.ts';
import { badRequest, type Call, notFound, objectResponse, scopeOf } from './call.ts';
import { parseVersion, tooLargeVersion } from './resource-version.ts';

/** The stored entry that the request names; throws NotFound. */
export async function entryOf(call: Call, name = call.info.name): Promise<Entry> {
  const entry = await call.rest.store.get(objectKey(call.resource.storage, scopeOf(call), name));
  if (entry === undefined) throw notFound(call, name);
  return entry;
}

export async function get(call: Call): Promise<ApiResponse> {
  if (queryFlag(call.request.query, 'export')) throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  const asked = parseVersion(call.request.query.get('resourceVersion'));
  if (asked !== undefined && asked > 0) {
    const current = await call.rest.store.revision();
    if (asked > current) throw tooLargeVersion(asked, current);
  }
  return objectResponse(call, await entryOf(call));
}
