import { kinds } from '../api/scheme.ts';
import { type Diagnosis, diagnosis } from './diagnosis.ts';
import type { Finding, ObjectRef } from './finding.ts';
import { podPlacement } from './pod/placement.ts';
import { podUnschedulable } from './pod/unschedulable.ts';

/** Every kind of trouble, one row each, in the order in which they are looked for. A new one is a file and a row here. */
export const diagnoses: Record<string, Diagnosis> = {
  podUnschedulable: diagnosis(kinds.Pod, podUnschedulable),
} satisfies Record<string, Diagnosis>;

/** What to say of an object of a kind with which nothing is wrong. */
export const wellness: Record<string, Diagnosis | undefined> = {
  Pod: diagnosis(kinds.Pod, podPlacement),
} satisfies Record<string, Diagnosis>;

/** Of kinds that nothing can be wrong with that is known here. */
export const unexamined = (object: ObjectRef): Finding => ({
  object,
  code: 'HEALTHY',
  severity: 'info',
  message: `Nothing is wrong with ${object.kind} ${object.name}.`,
  evidence: [],
  fix: [],
});
