import type { KubeObject } from '../../api/object.ts';
import { isNotFound } from '../../api/status.ts';
import { kindPrefix } from '../../store/keys.ts';
import { loopbackUser } from '../auth/user.ts';
import { parseRequest } from '../paths.ts';
import type { Resource } from '../resources.ts';
import type { Call, RestServices } from '../rest/call.ts';
import { deleteObject } from '../rest/delete.ts';

/** Deletes every object of a kind and waits until the last one is gone, finalizers and all; ends early when `signal` aborts. */
export async function removeInstances(rest: RestServices, resource: Resource, signal: AbortSignal): Promise<void> {
  const prefix = kindPrefix(resource.storage);
  const { store } = rest;
  for (;;) {
    const { entries, revision } = await store.list(prefix);
    if (entries.length === 0 || signal.aborted) return;
    for (const { object } of entries) {
      if (object.metadata.deletionTimestamp === undefined) await removeOne(rest, resource, object, signal);
    }
    await nextRemoval(rest, prefix, revision, signal);
  }
}

/** Neither webhooks nor policies are asked: what has no definition cannot stay. */
const unasked: RestServices['admission'] = { mutate: async () => undefined, validate: async () => undefined };

async function removeOne(rest: RestServices, resource: Resource, { metadata }: KubeObject, signal: AbortSignal): Promise<void> {
  const { name = '', namespace = '' } = metadata;
  const query = new URLSearchParams();
  const call: Call = {
    rest: { ...rest, admission: unasked },
    resource,
    info: { ...parseRequest('DELETE', '/', query), namespace, name },
    request: { method: 'DELETE', path: '/', query, headers: {}, signal },
    user: loopbackUser,
    dryRun: false,
    warnings: [],
  };
  const options = { gracePeriodSeconds: undefined, propagation: 'Background' as const, preconditions: {}, dryRun: false };
  await deleteObject(call, options).catch((thrown: unknown) => {
    if (!isNotFound(thrown)) throw thrown;
  });
}

/** Resolves when something below the prefix has been deleted since `revision`. */
async function nextRemoval({ store }: RestServices, prefix: string, revision: number, signal: AbortSignal): Promise<void> {
  const events = await store.watch(prefix, revision);
  const close = (): void => events.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    for await (const { type } of events) if (type === 'DELETED') return;
  } finally {
    signal.removeEventListener('abort', close);
    events.close();
  }
}
