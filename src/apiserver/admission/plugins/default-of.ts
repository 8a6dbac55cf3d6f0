import type { KubeObject } from '../../../api/object.ts';

/** Among the objects annotated as default, the newest; of several as new, the first by name. */
export function defaultOf<T extends KubeObject>(objects: readonly T[], annotations: readonly string[]): T | undefined {
  const created = (object: T): number => Date.parse(object.metadata.creationTimestamp ?? '') || 0;
  return objects
    .filter(({ metadata }) => annotations.some((annotation) => metadata.annotations?.[annotation] === 'true'))
    .sort((a, b) => created(b) - created(a) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))[0];
}
