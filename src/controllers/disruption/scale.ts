import { keyFor } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { Scale } from '../../api/types/autoscaling-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { pathOf } from '../../client/verbs.ts';
import type { ControllerContext } from '../context.ts';
import { nameOf, uidOf } from '../lib/objects.ts';
import { findKind, servedKinds } from '../lib/served-kinds.ts';

/** How many pods are wanted by those who manage these pods, and the names of pods that nobody manages. */
export interface WantedPods {
  scale: number;
  unmanaged: string[];
}

interface Sized {
  uid: string;
  replicas: number;
}

/**
 * Sums up the sizes of what manages pods: their Deployments, ReplicaSets, StatefulSets and ReplicationControllers, or anything
 * else that has a scale subresource. Throws, in upstream's words, where a pod's manager has no size.
 */
export function scaleFinder(context: ControllerContext): (pods: readonly Pod[]) => Promise<WantedPods> {
  const { client, informers } = context;
  const deployments = informers.informer(kinds.Deployment);
  const replicaSets = informers.informer(kinds.ReplicaSet);
  const statefulSets = informers.informer(kinds.StatefulSet);
  const controllers = informers.informer(kinds.ReplicationController);
  const definitions = informers.informer(kinds.CustomResourceDefinition);

  const known = (owner: OwnerReference, namespace: string | undefined): Sized | undefined => {
    const key = keyFor(owner.name, namespace);
    const set = owner.kind === 'ReplicaSet' ? replicaSets.get(key) : undefined;
    const above = set === undefined ? undefined : controllerOf(set);
    const deployment = above?.kind === 'Deployment' ? deployments.get(keyFor(above.name, namespace)) : undefined;
    const other =
      owner.kind === 'StatefulSet' ? statefulSets.get(key) : owner.kind === 'ReplicationController' ? controllers.get(key) : undefined;
    const found = deployment ?? set ?? other;
    return found === undefined ? undefined : { uid: uidOf(found), replicas: found.spec?.replicas ?? 1 };
  };

  async function asked(owner: OwnerReference, namespace: string | undefined): Promise<Sized | undefined> {
    const kind = findKind(servedKinds(definitions), owner.apiVersion, owner.kind);
    if (kind === undefined) throw new Error(`no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`);
    try {
      const { metadata, spec } = await client.raw<Scale>('GET', pathOf(kind, namespace, owner.name, 'scale'));
      return metadata.uid === owner.uid ? { uid: owner.uid, replicas: spec?.replicas ?? 0 } : undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const exists = await client.get(kind, owner.name, namespace).then(
        () => true,
        () => false,
      );
      if (!exists) return undefined;
      throw new Error(`${kind.plural}${kind.group === '' ? '' : `.${kind.group}`} does not implement the scale subresource`);
    }
  }

  return async (pods) => {
    const sizes = new Map<string, number>();
    const seen = new Set<string>();
    const unmanaged: string[] = [];
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (owner === undefined) unmanaged.push(nameOf(pod));
      if (owner === undefined || seen.has(owner.uid)) continue;
      seen.add(owner.uid);
      const { namespace } = pod.metadata;
      const found = known(owner, namespace) ?? (await asked(owner, namespace));
      if (found === undefined) throw new Error(`found no controllers for pod "${nameOf(pod)}"`);
      sizes.set(found.uid, found.replicas);
    }
    return { scale: [...sizes.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
  };
}
