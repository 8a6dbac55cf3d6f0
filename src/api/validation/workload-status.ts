import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types/apps-v1.ts';
import type { ReplicationController } from '../types/core-v1.ts';
import { nonNegative } from './common.ts';
import { type Errors, invalid } from './field-error.ts';
import { objectMetaUpdate } from './meta.ts';

type Counted = Deployment | ReplicaSet | StatefulSet | ReplicationController | DaemonSet;
type Counts = Partial<Record<string, unknown>>;

/** Counters may not be negative; those of a part may not exceed the whole. */
const rules: { counters: readonly string[]; limits: readonly (readonly [part: string, whole: string, text: string])[] } = {
  counters: [
    'replicas',
    'updatedReplicas',
    'currentReplicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'terminatingReplicas',
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'observedGeneration',
    'collisionCount',
  ],
  limits: [
    ['updatedReplicas', 'replicas', 'cannot be greater than status.replicas'],
    ['currentReplicas', 'replicas', 'cannot be greater than status.replicas'],
    ['fullyLabeledReplicas', 'replicas', 'cannot be greater than status.replicas'],
    ['readyReplicas', 'replicas', 'cannot be greater than status.replicas'],
    ['availableReplicas', 'replicas', 'cannot be greater than status.replicas'],
    ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
  ],
};

/** The rules of a kind whose status has these parts of `replicas`, `availableReplicas` being one of `readyReplicas` besides. */
export const workloadStatusUpdate =
  (...parts: string[]) =>
  (object: Counted, old: Counted): Errors =>
    statusUpdate(parts, object, old);

function* statusUpdate(parts: readonly string[], object: Counted, old: Counted): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  const status: Counts = { ...object.status };
  const before: Counts = { ...old.status };
  const count = (name: string): number => (typeof status[name] === 'number' ? status[name] : 0);
  for (const name of rules.counters) yield* nonNegative(`status.${name}`, count(name));
  for (const [part, whole, text] of rules.limits) {
    if (!parts.includes(part)) continue;
    if (count(part) > count(whole)) yield invalid(`status.${part}`, count(part), text);
  }
  const collisions = status['collisionCount'];
  if (typeof before['collisionCount'] === 'number') {
    if (collisions === undefined || count('collisionCount') < before['collisionCount']) {
      yield invalid('status.collisionCount', count('collisionCount'), 'cannot be decremented');
    }
  }
}
