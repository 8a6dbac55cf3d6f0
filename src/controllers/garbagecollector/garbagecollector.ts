import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound, isReason } from '../../api/status.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import type { ReconcileResult } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import { modifyObject } from '../../client/retry.ts';
import type { StartController } from '../context.ts';
import { allSettled } from '../lib/batch.ts';
import { followCustomKinds } from '../lib/custom-informers.ts';
import { nameOf, uidOf } from '../lib/objects.ts';
import { builtInKinds, findKind, servedKinds } from '../lib/served-kinds.ts';
import { type OwnerState, verdictOn } from './classify.ts';
import { blockingDependents, createGraph, foregroundFinalizer, type GraphNode, hasFinalizer, orphanFinalizer } from './graph.ts';

/** UIDs known to be gone, so that thousands of dependents do not each ask for the same owner. */
const maxAbsent = 5000;
const unknownKindRetryMs = 30_000;

/** Deletes objects whose owners are all gone; carries out foreground and orphaning deletions. */
export const garbageCollector: StartController = ({ client, clock, informers, log, signal }) => {
  const definitions = informers.informer(kinds.CustomResourceDefinition);
  const builtIn = builtInKinds.map((kind) => informers.informer(kind));
  const absent = new Set<string>();
  let enqueue: (key: string) => void = () => undefined;
  const graph = createGraph({
    attemptToDelete: (uid) => enqueue(`delete/${uid}`),
    attemptToOrphan: (uid) => enqueue(`orphan/${uid}`),
  });

  const follow = <T extends KubeObject>(informer: Informer<T>): void => {
    informer.on({
      add: (object) => graph.put(informer.kind, object),
      update: (object) => graph.put(informer.kind, object),
      delete: (object) => graph.remove(uidOf(object)),
    });
  };

  const live = async (kind: Kind, name: string, namespace: string | undefined): Promise<KubeObject | undefined> => {
    try {
      return await client.get(kind, name, kind.namespaced ? namespace : undefined);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const markAbsent = (uid: string): void => {
    absent.add(uid);
    const [oldest] = absent;
    if (absent.size > maxAbsent && oldest !== undefined) absent.delete(oldest);
  };

  /** Undefined when it cannot be told: the owner's kind is not served, or lives in namespaces and the object does not. */
  async function ownerState(owner: OwnerReference, namespace: string | undefined): Promise<OwnerState | undefined> {
    if (absent.has(owner.uid)) return 'absent';
    const known = graph.get(owner.uid);
    if (known !== undefined && !known.virtual) {
      if (known.kindName === owner.kind && known.name === owner.name) return known.deletingDependents ? 'waiting' : 'solid';
    }
    const kind = findKind(servedKinds(definitions), owner.apiVersion, owner.kind);
    if (kind === undefined || (kind.namespaced && namespace === undefined)) return undefined;
    const object = await live(kind, owner.name, namespace);
    if (object === undefined || uidOf(object) !== owner.uid) {
      markAbsent(owner.uid);
      return 'absent';
    }
    return object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, foregroundFinalizer) ? 'waiting' : 'solid';
  }

  async function verifyVirtual(node: GraphNode): Promise<ReconcileResult | undefined> {
    const owner: OwnerReference = { apiVersion: node.apiVersion, kind: node.kindName, name: node.name, uid: node.uid };
    const state = await ownerState(owner, node.namespace);
    if (state === undefined) return { requeueAfterMs: unknownKindRetryMs };
    if (state === 'absent') for (const dependent of node.dependents) enqueue(`delete/${dependent.uid}`);
    return undefined;
  }

  async function finishForeground(node: GraphNode, kind: Kind): Promise<void> {
    const blocking = blockingDependents(node);
    if (blocking.length > 0) {
      for (const dependent of blocking) if (!dependent.deletingDependents) enqueue(`delete/${dependent.uid}`);
      return;
    }
    await removeFinalizer(node, kind, foregroundFinalizer);
  }

  async function removeFinalizer(node: GraphNode, kind: Kind, finalizer: string): Promise<void> {
    const latest = await live(kind, node.name, node.namespace);
    if (latest === undefined || uidOf(latest) !== node.uid || !hasFinalizer(latest, finalizer)) return;
    await modifyObject({ client, clock }, kind, latest, (copy) => {
      copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    });
  }

  const setOwners = (kind: Kind, object: KubeObject, change: (owners: OwnerReference[]) => OwnerReference[]): Promise<unknown> =>
    modifyObject({ client, clock }, kind, object, (copy) => {
      copy.metadata.ownerReferences = change(copy.metadata.ownerReferences ?? []);
    });

  async function attemptToDelete(node: GraphNode): Promise<ReconcileResult | undefined> {
    if (node.virtual || node.kind === undefined) return verifyVirtual(node);
    if (node.deletingDependents) {
      await finishForeground(node, node.kind);
      return undefined;
    }
    if (node.deleting || node.owners.length === 0) return undefined;
    const latest = await live(node.kind, node.name, node.namespace);
    // Its own deletion is on the way through the informer.
    if (latest === undefined || uidOf(latest) !== node.uid) return undefined;
    const owners: { reference: OwnerReference; state: OwnerState }[] = [];
    for (const reference of latest.metadata.ownerReferences ?? []) {
      const state = await ownerState(reference, node.namespace);
      if (state === undefined) return { requeueAfterMs: unknownKindRetryMs };
      owners.push({ reference, state });
    }
    const verdict = verdictOn(owners, {
      hasDependents: node.dependents.size > 0,
      hasWaitingDependent: [...node.dependents].some((dependent) => dependent.deletingDependents),
      orphan: hasFinalizer(latest, orphanFinalizer),
      foreground: hasFinalizer(latest, foregroundFinalizer),
    });
    if (verdict.do === 'patch') {
      const kept = new Set(verdict.owners.map(({ uid }) => uid));
      await setOwners(node.kind, latest, (references) => references.filter(({ uid }) => kept.has(uid)));
    } else if (verdict.do === 'delete') {
      if (verdict.unblock) {
        await setOwners(node.kind, latest, (references) => references.map((reference) => ({ ...reference, blockOwnerDeletion: false })));
      }
      const { propagationPolicy } = verdict;
      await client
        .delete(node.kind, nameOf(latest), latest.metadata.namespace, { propagationPolicy, preconditions: { uid: node.uid } })
        .catch((error: unknown) => {
          if (!isNotFound(error) && !isReason(error, 'Conflict')) throw error;
        });
    }
    return undefined;
  }

  async function attemptToOrphan(node: GraphNode): Promise<void> {
    if (node.kind === undefined) return;
    await allSettled(
      [...node.dependents].map(async (dependent) => {
        const latest = dependent.kind === undefined ? undefined : await live(dependent.kind, dependent.name, dependent.namespace);
        if (latest === undefined || dependent.kind === undefined || uidOf(latest) !== dependent.uid) return;
        if (!latest.metadata.ownerReferences?.some(({ uid }) => uid === node.uid)) return;
        await setOwners(dependent.kind, latest, (references) => references.filter(({ uid }) => uid !== node.uid));
      }),
    );
    await removeFinalizer(node, node.kind, orphanFinalizer);
  }

  return {
    name: 'garbage-collector-controller',
    workers: 20,
    watch(add) {
      enqueue = add;
      for (const informer of builtIn) follow(informer);
      followCustomKinds({ client, clock, log, signal }, definitions, follow);
    },
    async reconcile(key) {
      const node = graph.get(key.slice(key.indexOf('/') + 1));
      if (node === undefined) return undefined;
      if (key.startsWith('delete/')) return attemptToDelete(node);
      await attemptToOrphan(node);
      return undefined;
    },
  };
};
