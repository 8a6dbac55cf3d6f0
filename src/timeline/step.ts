import type { KubeObject } from '../api/object.ts';
import type { Author } from './authors.ts';
import type { Causes } from './causes.ts';
import type { Change } from './change.ts';
import type { Cause, EntryKind, ObjectRef } from './entry.ts';

/** One thing that a write tells of, before it is an entry. */
export interface Step {
  kind: EntryKind;
  reason: string;
  what: string;
  cause?: Cause;
  /** What it is about; default: the object that was written. */
  object?: ObjectRef;
}

export interface Circumstances {
  causes: Causes;
  author: Author | undefined;
}

/**
 * Says what a write did. The state before is absent for what is new. Each step is taken into account before the next one is
 * asked for, so that a later one can have an earlier one of the same write for its cause.
 */
export type Describe = (change: Change, circumstances: Circumstances) => Iterable<Step>;

/** The step where there is a cause for it, and without one otherwise. */
export const because = (step: Step, cause: Cause | undefined): Step => (cause === undefined ? step : { ...step, cause });

export const refOf = (object: KubeObject): ObjectRef => {
  const { namespace, name = '', uid } = object.metadata;
  return {
    kind: object.kind ?? '',
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
  };
};
