import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { Finding } from './finding.ts';
import type { World } from './world.ts';

/**
 * Looks for one kind of trouble in objects of one kind. Reads through the world alone and changes nothing. An empty answer
 * means that this is not the trouble; several diagnoses may find something in one object, and all of it is told.
 */
export interface Diagnosis {
  readonly kind: Kind;
  run(object: KubeObject, world: World): Promise<readonly Finding[]>;
}

/** Pairs a kind with a function over its objects, so that each row of the registry is checked against its kind's type. */
export const diagnosis = <T extends KubeObject>(
  kind: Kind<T>,
  run: (object: T, world: World) => Promise<readonly Finding[]> | readonly Finding[],
): Diagnosis => ({
  kind: kind as Kind,
  run: async (object, world) => run(object as T, world),
});
