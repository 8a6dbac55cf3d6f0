import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { KubeObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { type ClusterState, encodeState, entryOf } from './cluster-state.ts';

/** What the paths below `/shoal/v1/state` answer; state is larger than a request's body may be, so it is sent in parts. */
export interface StatePaths {
  /** The state as `encodeState` writes it. */
  save(): Promise<ApiResponse>;
  /** `{entries: [[key, object], …]}` is added to the upload of that name. */
  upload(name: string, request: ApiRequest): ApiResponse;
  /** Brings back what was uploaded under the name; answers with `Restored`. */
  restore(name: string): Promise<ApiResponse>;
  mark(): Promise<ApiResponse>;
  reset(): Promise<ApiResponse>;
}

/** Uploads that nobody finished are forgotten when so many newer ones have begun. */
const uploadsKept = 4;

export function statePaths(state: ClusterState): StatePaths {
  const uploads = new Map<string, [string, KubeObject][]>();
  return {
    async save() {
      const data = encodeState(await state.save());
      // Not said to be JSON: it is one document a line.
      return { status: 200, body: { kind: 'raw', contentType: 'text/plain; charset=utf-8', data } };
    },
    upload(name, { body }) {
      const entries = (body as { entries?: unknown } | undefined)?.entries;
      if (!Array.isArray(entries) || !entries.every(isPair))
        throw new ApiError('BadRequest', 'entries must be a list of keys with objects');
      const upload = uploads.get(name) ?? [];
      upload.push(...entries);
      uploads.set(name, upload);
      const [oldest] = uploads.keys();
      if (uploads.size > uploadsKept && oldest !== undefined) uploads.delete(oldest);
      return answer({ entries: upload.length });
    },
    async restore(name) {
      const upload = uploads.get(name);
      if (upload === undefined) throw new ApiError('NotFound', `nothing was uploaded as ${JSON.stringify(name)}`);
      uploads.delete(name);
      return answer(await state.restore({ revision: 0, entries: upload.map(([key, object]) => entryOf(key, object)) }));
    },
    async mark() {
      await state.mark();
      return answer({});
    },
    reset: async () => answer(await state.reset()),
  };
}

const answer = (value: object): ApiResponse => ({ status: 200, body: { kind: 'object', value } });

const isPair = (value: unknown): value is [string, KubeObject] =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  value[0].startsWith('/') &&
  typeof (value[1] as KubeObject | null)?.metadata === 'object';
