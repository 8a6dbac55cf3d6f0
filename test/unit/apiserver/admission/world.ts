import type { Kind } from '../../../../src/api/kind.ts';
import type { KubeObject } from '../../../../src/api/object.ts';
import { kinds } from '../../../../src/api/scheme.ts';
import { type Admission, createAdmission } from '../../../../src/apiserver/admission/chain.ts';
import type { AdmissionAttributes } from '../../../../src/apiserver/admission/plugin.ts';
import { type ClusterAuthorizer, createAuthorizer } from '../../../../src/apiserver/auth/authorizer.ts';
import { loopbackUser } from '../../../../src/apiserver/auth/user.ts';
import { kindPrefix, objectKey } from '../../../../src/store/keys.ts';
import { createMemoryStore } from '../../../../src/store/memory.ts';
import type { Store } from '../../../../src/store/store.ts';
import { virtualClock } from '../../../../src/util/virtual-clock.ts';

/** A store with namespace `default` and its service account, and the admission chain over it. */
export interface World {
  store: Store;
  authorizer: ClusterAuthorizer;
  admission: Admission;
  put(
    kind: Kind,
    object: { metadata: { name: string; namespace?: string; [field: string]: unknown }; [field: string]: unknown },
  ): Promise<void>;
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T>;
  /** Admits a request and returns the object as mutated. */
  admit<T extends KubeObject>(kind: Kind<T>, object: unknown, overrides?: Partial<AdmissionAttributes>): Promise<T>;
}

export async function createWorld(options: { enable?: string[]; disable?: string[] } = {}): Promise<World> {
  const clock = virtualClock();
  const store = createMemoryStore({ clock, freeze: true });
  const authorizer = await createAuthorizer(store);
  const admission = createAdmission({ store, clock, authorizer, random: () => 0, ...options });
  const put: World['put'] = async (kind, object) => {
    const key = objectKey(kind, object.metadata.namespace, object.metadata.name);
    const present = await store.get(key);
    if (present === undefined) await store.create(key, object as KubeObject);
    else await store.update(key, object as KubeObject, present.revision);
  };
  await put(kinds.Namespace, { metadata: { name: 'default' } });
  await put(kinds.ServiceAccount, { metadata: { name: 'default', namespace: 'default' } });
  return {
    store,
    authorizer,
    admission,
    put,
    async get(kind, name, namespace) {
      const entry = await store.get(objectKey(kind, namespace, name));
      if (entry === undefined) throw new Error(`no ${kindPrefix(kind, namespace)}${name}`);
      return entry.object as never;
    },
    async admit(kind, object, overrides = {}) {
      const copy = structuredClone(object) as KubeObject;
      const attributes: AdmissionAttributes = {
        operation: 'CREATE',
        kind,
        subresource: '',
        namespace: kind.namespaced ? 'default' : '',
        name: copy?.metadata?.name ?? '',
        object: copy,
        oldObject: undefined,
        user: loopbackUser,
        dryRun: false,
        ...overrides,
      };
      await admission.admit(attributes);
      return copy as never;
    },
  };
}

/** A pod of one container named `c`, in namespace default. */
export const pod = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
