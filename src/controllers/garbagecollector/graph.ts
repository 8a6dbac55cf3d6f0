import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import { isDeleting, nameOf, uidOf } from '../lib/objects.ts';

/** One object, or (`virtual`) one that is only known from a dependent's owner reference. */
export interface GraphNode {
  readonly uid: string;
  kind: Kind | undefined;
  apiVersion: string;
  kindName: string;
  name: string;
  namespace: string | undefined;
  owners: readonly OwnerReference[];
  readonly dependents: Set<GraphNode>;
  /** Being deleted in any way. */
  deleting: boolean;
  /** Being deleted in the foreground: it waits for dependents that block it. */
  deletingDependents: boolean;
  virtual: boolean;
}

/** What a change of the graph asks to be looked at. */
export interface GraphEffects {
  attemptToDelete(uid: string): void;
  attemptToOrphan(uid: string): void;
}

/** Who owns whom, over all kinds, kept current by informer events (upstream's `GraphBuilder`). */
export interface Graph {
  get(uid: string): GraphNode | undefined;
  put(kind: Kind, object: KubeObject): void;
  remove(uid: string): void;
}

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';
export const hasFinalizer = (object: KubeObject, name: string): boolean => object.metadata.finalizers?.includes(name) === true;

/** Dependents that keep a foreground deletion waiting. */
export const blockingDependents = (node: GraphNode): GraphNode[] =>
  [...node.dependents].filter((dependent) => dependent.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true));

export function createGraph(effects: GraphEffects): Graph {
  const nodes = new Map<string, GraphNode>();

  const link = (node: GraphNode, owners: readonly OwnerReference[]): void => {
    for (const owner of owners) {
      let target = nodes.get(owner.uid);
      if (target === undefined) {
        target = virtualNode(owner, node.namespace);
        nodes.set(owner.uid, target);
        effects.attemptToDelete(owner.uid);
      } else if (target.virtual) {
        // Perhaps an owner that is gone already: whoever names it now has to be told as well.
        effects.attemptToDelete(owner.uid);
      } else if (target.name !== owner.name || target.kindName !== owner.kind) {
        // A reference that does not describe the object of its UID: the dependent has to be checked on its own.
        effects.attemptToDelete(node.uid);
      }
      target.dependents.add(node);
    }
  };
  const unlink = (node: GraphNode, owners: readonly OwnerReference[]): void => {
    for (const { uid } of owners) {
      const owner = nodes.get(uid);
      owner?.dependents.delete(node);
      if (owner?.virtual === true && owner.dependents.size === 0) nodes.delete(uid);
    }
  };

  return {
    get: (uid) => nodes.get(uid),
    put(kind, object) {
      const uid = uidOf(object);
      const known = nodes.get(uid);
      const node: GraphNode = known ?? { ...virtualNode({ uid, apiVersion: '', kind: '', name: '' }, undefined), virtual: false };
      const wasDeletingDependents = node.deletingDependents;
      const wasDeleting = node.deleting;
      const before = node.virtual ? [] : node.owners;
      Object.assign(node, {
        kind,
        apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
        kindName: kind.kind,
        name: nameOf(object),
        namespace: object.metadata.namespace,
        virtual: false,
        deleting: isDeleting(object),
        deletingDependents: isDeleting(object) && hasFinalizer(object, foregroundFinalizer),
      });
      nodes.set(uid, node);
      const after = object.metadata.ownerReferences ?? [];
      const added = after.filter((owner) => !before.some(({ uid: other }) => other === owner.uid));
      const removed = before.filter((owner) => !after.some(({ uid: other }) => other === owner.uid));
      // A dependent that stops blocking, or is handed over, may be what its owner waited for.
      for (const owner of before) {
        const now = after.find(({ uid: other }) => other === owner.uid);
        const unblocked = owner.blockOwnerDeletion === true && now?.blockOwnerDeletion !== true;
        if (unblocked && nodes.get(owner.uid)?.deletingDependents === true) effects.attemptToDelete(owner.uid);
      }
      node.owners = after;
      link(node, added);
      unlink(node, removed);
      if (added.some(({ uid: owner }) => nodes.get(owner)?.deletingDependents === true) || removed.length > 0) effects.attemptToDelete(uid);
      if (isDeleting(object) && hasFinalizer(object, orphanFinalizer)) effects.attemptToOrphan(uid);
      if (node.deletingDependents && !wasDeletingDependents) {
        for (const dependent of node.dependents) effects.attemptToDelete(dependent.uid);
        effects.attemptToDelete(uid);
      }
      // A foreground owner of an object that is going needs no look yet: it gets one when the object is gone.
      if (node.deleting && !wasDeleting && node.dependents.size > 0 && !node.deletingDependents) effects.attemptToDelete(uid);
    },
    remove(uid) {
      const node = nodes.get(uid);
      if (node === undefined) return;
      nodes.delete(uid);
      unlink(node, node.owners);
      for (const dependent of node.dependents) effects.attemptToDelete(dependent.uid);
      for (const owner of node.owners) if (nodes.get(owner.uid)?.deletingDependents === true) effects.attemptToDelete(owner.uid);
      // Dependents still name it, so it stays as something to be verified should they be asked about again.
      if (node.dependents.size > 0) {
        nodes.set(uid, { ...node, virtual: true, deleting: false, deletingDependents: false, owners: [], kind: undefined });
      }
    },
  };
}

const virtualNode = (owner: OwnerReference, namespace: string | undefined): GraphNode => ({
  uid: owner.uid,
  kind: undefined,
  apiVersion: owner.apiVersion,
  kindName: owner.kind,
  name: owner.name,
  namespace,
  owners: [],
  dependents: new Set(),
  deleting: false,
  deletingDependents: false,
  virtual: true,
});
