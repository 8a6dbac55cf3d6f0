import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kindPrefix, objectKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

/** The cluster's committed state, by kind. What comes back is shared and must not be changed. */
export interface Reads {
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T | undefined>;
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): Promise<T[]>;
}

export const createReads = (store: Store): Reads => ({
  get: async <T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string) =>
    (await store.get(objectKey(kind, namespace, name)))?.object as T | undefined,
  list: async <T extends KubeObject>(kind: Kind<T>, namespace?: string) =>
    (await store.list(kindPrefix(kind, namespace))).entries.map(({ object }) => object as T),
});
