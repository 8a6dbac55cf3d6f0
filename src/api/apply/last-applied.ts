import { goJson } from '../go-text.ts';
import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { difference, emptySet, type FieldSet } from './field-set.ts';
import { isObject, structureOf } from './structure.ts';
import { compare, setOf } from './typed.ts';

/**
 * The way over from `kubectl apply` to `kubectl apply --server-side` (upstream: fieldmanager's lastAppliedManager and
 * lastAppliedUpdater): kubectl may take over what the object's annotation shows that it applied before, and the annotation
 * follows what it applies now, so that the way back is open too.
 */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** The one manager that this holds for; those who do not want it call themselves otherwise. */
const kubectl = 'kubectl';

function lastApplied(object: KubeObject): string {
  return object.metadata.annotations?.[annotation] ?? '';
}

/** The fields that `manager` may take from others: those of the annotation that still have the values that it gives. */
export function takeable(kind: Kind, live: KubeObject, manager: string): FieldSet {
  const text = lastApplied(live);
  if (manager !== kubectl || text === '') return emptySet();
  let before: unknown;
  try {
    before = JSON.parse(text);
  } catch {
    return emptySet();
  }
  if (!isObject(before)) return emptySet();
  const structure = structureOf(kind);
  const { changed, removed } = compare(structure, before, live);
  return difference(difference(setOf(structure, before), changed), removed);
}

/** Renews the annotation of `next` if it has one: `body` is the configuration as it was sent. Changes `next`. */
export function keepLastApplied(next: KubeObject, body: unknown, manager: string): void {
  if (manager !== kubectl || lastApplied(next) === '') return;
  next.metadata.annotations = { ...next.metadata.annotations, [annotation]: `${goJson(withoutAnnotation(body))}\n` };
}

function withoutAnnotation(body: unknown): unknown {
  if (!isObject(body) || !isObject(body['metadata'])) return body;
  const { managedFields: _, ...metadata } = body['metadata'];
  const given = metadata['annotations'];
  const annotations = Object.fromEntries(Object.entries(isObject(given) ? given : {}).filter(([key]) => key !== annotation));
  return { ...body, metadata: { ...metadata, annotations } };
}
