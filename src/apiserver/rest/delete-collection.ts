import type { ApiResponse } from '../../api/http.ts';
import type { KubeObject } from '../../api/object.ts';
import { isNotFound } from '../../api/status.ts';
import type { Call } from './call.ts';
import { deleteObject } from './delete.ts';
import { collect, listHead } from './list.ts';
import { parseDeleteOptions } from './options.ts';

/** How many objects are deleted at a time (upstream: --delete-collection-workers is 1; a store here takes many writes at once). */
const workers = 16;

/** Deletes every object that the selectors match, each as by itself; answers with the list as it was. */
export async function deleteCollection(call: Call): Promise<ApiResponse> {
  const options = parseDeleteOptions(call.request);
  const page = await collect(call);
  if ('expired' in page) return page.expired;
  const { kind } = call.resource;
  const items: KubeObject[] = page.entries.map(({ object }) => object);
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const { metadata } of queue) {
      const namespace = metadata.namespace ?? call.info.namespace;
      try {
        await deleteObject({ ...call, info: { ...call.info, namespace } }, options, metadata.name ?? '');
      } catch (thrown) {
        // Someone else was faster: what was asked for has happened.
        if (!isNotFound(thrown)) throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { status: 200, body: { kind: 'object', value: { ...listHead(kind, page), items } } };
}
