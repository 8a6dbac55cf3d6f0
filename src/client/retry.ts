import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { type Clock, delay } from '../util/clock.ts';
import type { Client } from './client.ts';

const attempts = 5;
const pauseMs = 10;

/** Runs `write` again after a 409 Conflict, up to five times 10 ms apart (client-go's `retry.DefaultRetry`). */
export async function retryOnConflict<R>(clock: Clock, write: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (thrown) {
      if (!isConflict(thrown) || attempt >= attempts) throw thrown;
      await delay(clock, pauseMs);
    }
  }
}

/**
 * Reads, changes a copy and writes it back, again on conflict. `change` edits its argument and may return false to leave
 * the object as it is. Starts from `object` itself, so the first try costs no read. Resolves to the written (or unchanged)
 * object; to undefined when the object is gone or has been replaced by another of its name.
 */
async function modify<T extends KubeObject>(
  { client, clock }: { client: Client; clock: Clock },
  kind: Kind<T>,
  object: T,
  change: (copy: T) => unknown,
  write: (copy: T) => Promise<T>,
): Promise<T | undefined> {
  let current: T | undefined = object;
  try {
    return await retryOnConflict(clock, async () => {
      current ??= await client.get(kind, object.metadata.name ?? '', object.metadata.namespace);
      if (current.metadata.uid !== object.metadata.uid) return undefined;
      const copy = structuredClone(current);
      const before = current;
      current = undefined;
      return change(copy) === false ? before : write(copy);
    });
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Changes `metadata` and `spec`; see above for the meaning of `change` and of the answer. */
export const modifyObject = <T extends KubeObject>(
  deps: { client: Client; clock: Clock },
  kind: Kind<T>,
  object: T,
  change: (copy: T) => unknown,
): Promise<T | undefined> => modify(deps, kind, object, change, (copy) => deps.client.update(kind, copy));

/** Changes `status` through the subresource; see above for the meaning of `change` and of the answer. */
export const modifyStatus = <T extends KubeObject>(
  deps: { client: Client; clock: Clock },
  kind: Kind<T>,
  object: T,
  change: (copy: T) => unknown,
): Promise<T | undefined> => modify(deps, kind, object, change, (copy) => deps.client.updateStatus(kind, copy));
