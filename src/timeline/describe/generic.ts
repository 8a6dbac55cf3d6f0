import type { KubeObject } from '../../api/object.ts';
import { isDeletion } from '../authors.ts';
import type { Change } from '../change.ts';
import { because, type Circumstances, type Describe, refOf, type Step } from '../step.ts';
import { changedPaths, listed } from './changed.ts';

/** What controllers note on objects for themselves. */
const bookkeeping = [
  'metadata.annotations.deployment.kubernetes.io/',
  'metadata.annotations.kubectl.kubernetes.io/',
  'metadata.annotations.pv.kubernetes.io/',
];

/** Any kind: made, changed in what its user says of it, told to go, gone. Its status is not told of. */
export const describeAny: Describe = (change, circumstances) => [...life(change, circumstances), ...edits(change)];

/** ConfigMaps and Secrets: that their data changed, and not what of it. */
export const describeData: Describe = (change, circumstances) => {
  const [edit] = edits(change);
  const data = edit === undefined ? [] : [{ ...edit, what: 'changed' }];
  return [...life(change, circumstances), ...data];
};

/** The beginning and the end, which all kinds share. */
export function life(change: Change, { causes }: Circumstances): Step[] {
  const { type, object, previous } = change;
  if (previous === undefined && type === 'ADDED') {
    return [because({ kind: 'write', reason: 'Created', what: 'created' }, causes.ofOwner(object))];
  }
  if (type === 'DELETED') {
    const deleting = causes.latest(refOf(object), ['Deleting']);
    return [because({ kind: 'write', reason: 'Deleted', what: 'deleted' }, deleting ?? causes.ofOwner(object, ['Deleting', 'Deleted']))];
  }
  if (!isDeletion(change)) return [];
  const { finalizers = [] } = object.metadata;
  const what = finalizers.length === 0 ? 'being deleted' : `being deleted, waits for ${finalizers.join(', ')}`;
  return [because({ kind: 'write', reason: 'Deleting', what }, causes.ofOwner(object, ['Deleting', 'Deleted']))];
}

/** What was changed, apart from status, in paths. */
export function edits({ object, previous }: Change, known: readonly string[] = []): Step[] {
  if (previous === undefined) return [];
  const paths = changedPaths(declared(previous), declared(object)).filter(
    (path) => !known.some((each) => path === each || path.startsWith(`${each}.`)) && !bookkeeping.some((each) => path.startsWith(each)),
  );
  return paths.length === 0 ? [] : [{ kind: 'write', reason: 'Changed', what: `changed: ${listed(paths)}` }];
}

function declared(object: KubeObject): unknown {
  const { metadata, status: _, ...rest } = object as KubeObject & { status?: unknown };
  return { ...rest, metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} } };
}
