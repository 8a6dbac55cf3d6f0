import type { KubeObject } from '../api/object.ts';
import type { OwnerReference } from '../api/types/meta-v1.ts';
import { controllerOf } from '../client/owner.ts';
import type { Cause, ObjectRef, TimelineEntry } from './entry.ts';
import { refOf } from './step.ts';

/** An entry that others can name as their cause. */
export interface Link extends Cause {
  entry: number;
  reason: string;
  text: string;
}

type Named = Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;

/** What happened last to each object, so that what follows from it can say so. Only of late: memory is bounded. */
export interface Causes {
  remember(entry: TimelineEntry): void;
  /** The newest entry about an object, of these reasons where any are given. */
  latest(object: Named, reasons?: readonly string[]): Link | undefined;
  /** The newest entry about anything that the object's controllers made for it. */
  below(object: KubeObject, reasons: readonly string[]): Link | undefined;
  /** The newest entry about an object's controller. */
  ofOwner(object: KubeObject, reasons?: readonly string[]): Link | undefined;
  /** A controller has lost a pod and will replace it: because of this. Once for each pod. */
  lose(owner: OwnerReference, pod: string, link: Link): void;
  /** The loss that a new object of this controller makes up for: the oldest one that came after the entry `since`. */
  replaces(owner: OwnerReference, since: number): Link | undefined;
}

const mostObjects = 20_000;
const keyOf = ({ kind, namespace, name }: Named): string => `${kind}/${namespace ?? ''}/${name}`;

export function createCauses(): Causes {
  /** In the order of their last entry. */
  const objects = new Map<string, Link[]>();
  const under = new Map<string, Link[]>();
  const losses = new Map<string, Map<string, Link>>();
  const latest = (object: Named, reasons?: readonly string[]): Link | undefined => {
    const links = objects.get(keyOf(object));
    return reasons === undefined ? links?.at(-1) : links?.findLast(({ reason }) => reasons.includes(reason));
  };
  return {
    remember(entry) {
      const { object, owners = [] } = entry;
      const link = linkTo(entry);
      put(objects, keyOf(object), link);
      for (const owner of owners) {
        const [kind = '', name = ''] = owner.split('/', 2);
        put(under, keyOf({ ...object, kind, name }), link);
      }
    },
    latest,
    below: (object, reasons) => under.get(keyOf(refOf(object)))?.findLast(({ reason }) => reasons.includes(reason)),
    ofOwner(object, reasons) {
      const owner = controllerOf(object);
      return owner === undefined ? undefined : latest(ownerRef(object, owner), reasons);
    },
    lose({ uid }, pod, link) {
      const lost = losses.get(uid) ?? new Map<string, Link>();
      losses.set(uid, lost);
      if (!lost.has(pod)) lost.set(pod, link);
      if (losses.size > mostObjects) losses.delete(losses.keys().next().value ?? '');
    },
    replaces({ uid }, since) {
      const lost = losses.get(uid);
      for (const [pod, link] of lost ?? []) {
        lost?.delete(pod);
        if (lost?.size === 0) losses.delete(uid);
        if (link.entry > since) return link;
      }
      return undefined;
    },
  };
}

/** Keeps the newest link of each reason, in order, and the objects that something happened to last. */
function put(links: Map<string, Link[]>, key: string, link: Link): void {
  const others = (links.get(key) ?? []).filter(({ reason }) => reason !== link.reason);
  links.delete(key);
  links.set(key, [...others, link]);
  if (links.size > mostObjects) links.delete(links.keys().next().value ?? '');
}

/** As a cause it is said in short: without what stands behind a colon, except of a change, which is nothing without. */
export const linkTo = ({ id, object, reason, what }: TimelineEntry): Link => {
  const brief = reason === 'Changed' ? what : what.replace(/:\s.*$/s, '');
  return { entry: id, reason, text: `${object.kind} ${object.name} ${brief}` };
};

/** An owner lies in its object's namespace, unless it is in none: nodes own their mirror pods. */
export const ownerRef = ({ metadata: { namespace } }: KubeObject, { kind, name }: OwnerReference): Named =>
  kind === 'Node' || namespace === undefined ? { kind, name } : { kind, namespace, name };
