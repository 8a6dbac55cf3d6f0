import type { KubeObject } from '../api/object.ts';
import { controllerOf } from '../client/owner.ts';
import { ownerRef } from './causes.ts';
import type { ObjectRef } from './entry.ts';
import { refOf } from './step.ts';

/** Who made what: the controllers above an object, the nearest first, as `Kind/name`. */
export interface Lineage {
  /** To be told of every object, owners before what they own. */
  note(object: KubeObject): void;
  forget(object: KubeObject): void;
  of(object: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): readonly string[];
}

export function createLineage(): Lineage {
  const above = new Map<string, readonly string[]>();
  const keyOf = ({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string => `${kind}/${namespace ?? ''}/${name}`;
  const of: Lineage['of'] = (object) => above.get(keyOf(object)) ?? [];
  return {
    note(object) {
      const owner = controllerOf(object);
      if (owner !== undefined) above.set(keyOf(refOf(object)), [`${owner.kind}/${owner.name}`, ...of(ownerRef(object, owner))]);
    },
    forget: (object) => void above.delete(keyOf(refOf(object))),
    of,
  };
}
